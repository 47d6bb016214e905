// What has no screen: history, figures, ribbons, answers to findings.
import { describe, expect, it } from 'vitest';
import type { Entry } from '../survey/pocket';
import { sendAll, settled } from '../survey/sync';
import { apart, percent, sentence, span } from './format';
import { History } from './history';
import { complete, coordinates, startOf, written, type Movement } from './movement';
import { flow, segments, type MixRoute, type Route } from './plan';

describe('history', () => {
	it('takes back and does again', () => {
		const h = new History<number>();
		h.note(1, '', 0);
		h.note(2, '', 10);
		expect(h.undo(3)).toBe(2);
		expect(h.undo(2)).toBe(1);
		expect(h.undo(1)).toBeUndefined();
		expect(h.redo(1)).toBe(2);
		expect(h.redo(2)).toBe(3);
		expect(h.canRedo).toBe(false);
	});
	it('takes letters of a word back at once, and forgets what was undone when something new is done', () => {
		const h = new History<string>();
		h.note('', 'word', 0);
		h.note('a', 'word', 500);
		h.note('ab', 'word', 900);
		expect(h.undo('abc')).toBe('');
		h.note('', 'other', 5000);
		expect(h.redo('x')).toBeUndefined();
	});
	it('keeps two hundred states', () => {
		const h = new History<number>();
		for (let i = 0; i < 300; i++) h.note(i, '', i);
		let n = 0;
		for (let now = 300; ; n++) {
			const before = h.undo(now);
			if (before === undefined) break;
			now = before;
		}
		expect(n).toBe(200);
	});
});

describe('figures', () => {
	it('are written as people say them', () => {
		expect(span(59 * 60)).toBe('59 min');
		expect(span(3600 + 5 * 60)).toBe('1 h 05');
		expect(span(-21 * 60)).toBe('−21 min');
		expect(percent(0.041)).toBe('4.1 %');
		expect(percent(0.26)).toBe('26 %');
		expect(apart(0.27, 0.4)).toEqual(['0.27', '0.40']);
		expect(apart(0.2714, 0.2741)).toEqual(['0.271', '0.274']);
	});
	it('causes and remedies become sentences', () => {
		expect(sentence('give a place nearer to a road')).toBe('Give a place nearer to a road.');
		expect(sentence(' Done. ')).toBe('Done.');
		expect(sentence('')).toBe('');
	});
});

describe('the movement file', () => {
	const file = { movement: 'm', cover_name: 'TERN', time_zone: 'UTC', convoy: { vehicles: [{ call_sign: 'A', role: 'lead', length_m: 5 }] }, legs: [{ from: '1,2', to: '3,4' }, { to: { at: '5,6' } }] } as Movement;
	it('is complete with a beginning, ends and vehicles', () => {
		expect(complete(file)).toBe(true);
		expect(complete({ ...file, legs: [{ to: '3,4' }] })).toBe(false);
		expect(complete({ ...file, convoy: { vehicles: [] } })).toBe(false);
	});
	it('lets a leg begin where the one before it ends', () => {
		expect(startOf(file, 1)).toBe('3,4');
		expect(coordinates({ at: '5, -6.5' })).toEqual([5, -6.5]);
		expect(coordinates('Dover')).toBeNull();
	});
	it('is sent without what holds nothing, and keeps what the page does not know', () => {
		expect(written({ ...file, constraints: { avoid: [] }, extra: { a: '', b: 0 } } as unknown as Movement)).toMatchObject({ extra: { b: 0 }, constraints: {} });
	});
});

const road = (points: [number, number][]): Route => ({ geometry: points.map(([lat, lon]) => ({ lat, lon })), odometer_m: points.map((_, i) => 100 * i), exposure: [] }) as unknown as Route;

describe('lines', () => {
	it('carry the odds of all routes that run over them', () => {
		const a: MixRoute = { odds: 0.75, worst: 0, route: road([[0, 0], [0, 1], [0, 2]]) };
		const b: MixRoute = { odds: 0.25, worst: 0, route: road([[0, 0], [0, 1], [1, 2]]) };
		const parts = flow([a, b]);
		expect(parts.map((p) => p.odds)).toEqual([1, 0.75, 0.25]);
		expect(parts[0]?.line).toEqual([[0, 0], [1, 0]]);
	});
	it('are cut where a band begins and ends, without gaps', () => {
		const r = { ...road([[0, 0], [0, 1], [0, 2]]), exposure: [{ from_m: 50, to_m: 150, p: 0, band: 3 }] };
		const parts = segments(r);
		expect(parts.map((p) => p.band)).toEqual([0, 3, 0]);
		expect(parts[0]?.line.at(-1)).toEqual([0.5, 0]);
		expect(parts[1]?.line).toEqual([[0.5, 0], [1, 0], [1.5, 0]]);
	});
});

describe('findings from the phone', () => {
	const entry = (id: string, state: Entry['state']): Entry => ({ id, state, movement: 'm', no: 1, finding: { kind: 'bridge', rating: 1, lat: 0, lon: 0, date: '2026-01-01', expiry: '2026-01-02' } });
	it('leave once, in parts of a hundred, and each answer is kept', async () => {
		const all = [...Array.from({ length: 150 }, (_, i) => entry(`w${i}`, 'waiting')), entry('t', 'taken')];
		const sizes: number[] = [];
		const kept: Entry[] = [];
		const send = async (_: string, body: unknown): Promise<never> => {
			const { findings } = body as { findings: { id: string }[] };
			sizes.push(findings.length);
			return { items: findings.map((f) => ({ id: f.id, state: 'taken' })) } as never;
		};
		await sendAll(all, async (e) => kept.push(e), send as Parameters<typeof sendAll>[2]);
		expect(sizes).toEqual([100, 50]);
		expect(kept.every((e) => e.state === 'taken')).toBe(true);
	});
	it('wait on if the answer is lost', async () => {
		const kept: Entry[] = [];
		await expect(sendAll([entry('a', 'waiting')], async (e) => kept.push(e), (() => Promise.reject(new Error('gone'))) as Parameters<typeof sendAll>[2])).rejects.toThrow();
		expect(kept).toEqual([]);
	});
	it('show what is on record instead', () => {
		const e = settled(entry('a', 'waiting'), { id: 'a', state: 'conflict', theirs: { kind: 'bridge', rating: 4 } });
		expect(e.state).toBe('conflict');
		expect(e.theirs?.rating).toBe(4);
	});
});
