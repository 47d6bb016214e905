// Findings leave the phone. Each has an id of its own and what is sent twice is
// answered as known, so that a lost answer costs nothing.
import { post } from '../lib/api';
import type { Entry } from './pocket';

interface Answer {
	id: string;
	state: 'taken' | 'known' | 'conflict' | 'refused';
	theirs?: Entry['theirs'];
	detail?: string;
	remedy?: string;
}

const most = 100;

// settled returns an entry as the server's answer leaves it.
export function settled(e: Entry, a: Answer): Entry {
	const out: Entry = { ...e, state: a.state };
	delete out.theirs;
	delete out.detail;
	if (a.theirs) out.theirs = a.theirs;
	if (a.detail) out.detail = [a.detail, a.remedy].filter(Boolean).join('; ');
	return out;
}

// sendAll sends what waits, in parts, and keeps each answer before the next part
// leaves.
export async function sendAll(all: Entry[], keep: (e: Entry) => Promise<unknown>, send = post): Promise<void> {
	const waiting = all.filter((e) => e.state === 'waiting');
	for (let i = 0; i < waiting.length; i += most) {
		const part = waiting.slice(i, i + most);
		const { items } = await send<{ items: Answer[] }>('/api/findings', { findings: part.map(({ id, finding }) => ({ id, finding })) });
		for (const e of part) {
			const a = items.find((x) => x.id === e.id);
			if (a) await keep(settled(e, a));
		}
	}
}
