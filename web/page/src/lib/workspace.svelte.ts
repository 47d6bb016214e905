// A movement on the table: the file, what is tried out, the line that follows the
// hand, the plans. Everything that can be taken back is in Trial.
import { all, get, once, post, Refusal, send, type Found, type MapInfo } from './api';
import { History } from './history';
import { complete, fresh, written, type Movement } from './movement';
import { Planned } from './planned.svelte';
import type { Closure, Finding, Sketch } from './plan';
import { whereabouts } from './route.svelte';

export interface Trial {
	doc: Movement;
	closures: Closure[];
	drops: string[];
	weights: Record<string, number>;
}

export interface StoredMovement {
	id: string;
	name: string;
	unit: string;
	map: string;
	state: string;
	version: number;
	roles: string[];
	document: Movement;
}

export interface Pick {
	what: string;
	take: (at: { lat: number; lon: number }) => void;
	stay?: boolean; // more than one may be picked
}

const emptyTrial = (doc: Movement): Trial => ({ doc, closures: [], drops: [], weights: {} });

export class Workspace {
	movement = $state.raw<StoredMovement | null>(null);
	map = $state.raw<MapInfo | null>(null);
	trial = $state.raw<Trial>(emptyTrial(fresh('UTC', new Date())));
	sketch = $state.raw<Sketch | null>(null);
	// The same for panels, which are long lists: the line is painted first.
	listed = $state.raw<Sketch | null>(null);
	took = $state(0);
	sketching = $state(false);
	fault = $state.raw<Refusal | null>(null); // why there is no line
	trouble = $state.raw<Refusal | null>(null); // why the last step failed
	saving = $state(false);
	conflict = $state.raw<{ theirs: StoredMovement; etag: string } | null>(null);
	picking = $state.raw<Pick | null>(null);
	findings = $state.raw<Finding[]>([]);
	undoable = $state(false);
	redoable = $state(false);
	planned = new Planned(this);
	// Shown on the map and in panels: leg, and what the pointer is at.
	leg = $state(0);
	spot = $state.raw<{ lat: number; lon: number } | null>(null);
	flyTo = $state.raw<{ lat: number; lon: number; zoom?: number } | null>(null);

	private etag = '';
	private kept = $state.raw<Movement | null>(null);
	private history = new History<Trial>();
	private unit = '';
	private running = false;
	private again = false;

	get dirty(): boolean {
		return this.trial.doc !== this.kept;
	}

	get mayEdit(): boolean {
		return !this.movement || this.movement.roles.some((r) => r === 'commander' || r === 'planner');
	}

	may(...roles: string[]): boolean {
		return this.movement?.roles.some((r) => roles.includes(r)) ?? false;
	}

	// begin opens a movement that nobody has stored yet.
	begin(map: MapInfo, unit: string): void {
		this.map = map;
		this.unit = unit;
		this.trial = emptyTrial(fresh(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', new Date()));
	}

	async open(id: string): Promise<void> {
		const { body, etag } = await send<StoredMovement>(`/api/movements/${id}`);
		this.adopt(body, etag);
		const maps = await all<MapInfo>('/api/maps');
		this.map = maps.find((m) => m.id === body.map) ?? null;
		await this.planned.list();
		if (this.may('commander', 'planner')) {
			this.refresh();
			await this.loadFindings();
		}
	}

	async loadFindings(): Promise<void> {
		try {
			const items = await all<{ id: string; finding: Finding }>('/api/findings');
			this.findings = items.map((i) => i.finding);
		} catch (e) {
			this.fail(e);
		}
	}

	private adopt(m: StoredMovement, etag: string): void {
		this.movement = m;
		this.etag = etag;
		this.trial = emptyTrial(m.document);
		this.kept = m.document;
		this.history.clear();
		this.marks();
	}

	private marks(): void {
		this.undoable = this.history.canUndo;
		this.redoable = this.history.canRedo;
	}

	fail(e: unknown): void {
		this.trouble = e instanceof Refusal ? e : new Refusal({ status: 0, title: String(e) });
	}

	// edit changes a copy of what is tried out, and lets the line follow.
	edit(change: (t: Trial) => void, label = ''): void {
		const next = structuredClone(this.trial);
		change(next);
		this.history.note(this.trial, label, performance.now());
		this.move(next);
	}

	// editDoc changes a copy of the movement file.
	editDoc(change: (m: Movement) => void, label = ''): void {
		this.edit((t) => change(t.doc), label);
	}

	// try changes what is tried out and is not part of the file.
	try(change: (t: Trial) => void, label = ''): void {
		const doc = this.trial.doc;
		const next = structuredClone({ ...this.trial, doc: null as unknown as Movement });
		next.doc = doc;
		change(next);
		this.history.note(this.trial, label, performance.now());
		this.move(next);
	}

	private move(next: Trial): void {
		this.trial = next;
		this.leg = Math.min(this.leg, Math.max(0, next.doc.legs.length - 1));
		this.marks();
		this.refresh();
	}

	// driven returns the lines that are drawn on roads.
	get driven(): [number, number][][] {
		return this.sketch?.legs.filter((l) => l.mode === 'road').map((l) => l.line) ?? [];
	}

	shut(at: { lat: number; lon: number }): void {
		this.try((t) => t.closures.push({ ...at, radiusM: 0 }));
	}

	undo(): void {
		const before = this.history.undo(this.trial);
		if (before) this.move(before);
	}

	redo(): void {
		const after = this.history.redo(this.trial);
		if (after) this.move(after);
	}

	// refresh has the line worked out anew. One request is under way at a time; what
	// changes meanwhile is asked for when it has come back, the latest only.
	refresh(): void {
		if (!complete(this.trial.doc)) {
			this.sketch = this.listed = null;
			this.fault = null;
			return;
		}
		if (!this.movement) {
			void this.create();
			return;
		}
		if (!this.mayEdit) return;
		if (this.running) {
			this.again = true;
			return;
		}
		void this.draw();
	}

	private async draw(): Promise<void> {
		this.running = true;
		this.sketching = true;
		try {
			do {
				this.again = false;
				const t = this.trial;
				const began = performance.now();
				const body: Record<string, unknown> = {};
				if (t.doc !== this.kept) body.document = written(t.doc);
				if (t.closures.length) body.closures = t.closures;
				if (t.drops.length) body.dropFindings = t.drops;
				if (Object.keys(t.weights).length) body.weights = t.weights;
				try {
					this.sketch = await post<Sketch>(`/api/movements/${this.movement?.id}/sketch`, body);
					this.took = Math.round(performance.now() - began);
					this.fault = null;
					this.list();
				} catch (e) {
					this.fault = e instanceof Refusal ? e : null;
				}
			} while (this.again);
		} finally {
			this.running = false;
			if (this.listed === this.sketch) this.sketching = false;
		}
	}

	// list gives panels the line when the map has had time to paint it.
	private list(): void {
		const waited = this.listed ? 120 : 0;
		setTimeout(() => {
			this.listed = this.sketch;
			this.sketching = this.running;
		}, waited);
	}

	private async create(): Promise<void> {
		if (this.saving || !this.map) return;
		this.saving = true;
		try {
			const doc = this.trial.doc;
			const made = await send<StoredMovement>('/api/movements', {
				method: 'POST', once: once(),
				body: { unit: this.unit, name: doc.cover_name, map: this.map.id, document: written(doc) },
			});
			this.movement = made.body;
			this.etag = made.etag;
			this.kept = doc;
			this.trouble = null;
			whereabouts.go({ at: 'movement', id: made.body.id, panel: 'movement' }, true);
		} catch (e) {
			this.fail(e);
			return;
		} finally {
			this.saving = false;
		}
		this.refresh();
		await this.loadFindings();
	}

	// save stores the file. If somebody else has saved in between, nothing is
	// overwritten: both are shown.
	async save(over?: string): Promise<boolean> {
		const m = this.movement;
		if (!m || !this.mayEdit) return false;
		if (!this.dirty && !over) return true;
		this.saving = true;
		const doc = this.trial.doc;
		try {
			const state = m.state === 'closed' ? 'closed' : 'draft';
			const { body, etag } = await send<StoredMovement>(`/api/movements/${m.id}`, {
				method: 'PUT', etag: over ?? this.etag, body: { name: doc.cover_name, map: m.map, state, document: written(doc) },
			});
			this.movement = body;
			this.etag = etag;
			this.kept = doc;
			this.conflict = null;
			this.trouble = null;
			return true;
		} catch (e) {
			if (e instanceof Refusal && e.status === 412) {
				const { body, etag } = await send<StoredMovement>(`/api/movements/${m.id}`);
				this.conflict = { theirs: body, etag };
			} else this.fail(e);
			return false;
		} finally {
			this.saving = false;
		}
	}

	takeTheirs(): void {
		const c = this.conflict;
		if (!c) return;
		const mine = this.trial;
		this.adopt(c.theirs, c.etag);
		this.conflict = null;
		// Mine can still be had back.
		this.history.note(mine, '', performance.now());
		this.marks();
		this.refresh();
	}

	async keepMine(): Promise<void> {
		if (this.conflict) await this.save(this.conflict.etag);
	}

	// record puts a closure that was tried out on record, for everybody.
	async record(i: number, finding: Omit<Finding, 'id' | 'surveyor'>): Promise<boolean> {
		try {
			const id = crypto.randomUUID();
			const { items } = await post<{ items: { state: string; detail?: string; remedy?: string }[] }>('/api/findings', { findings: [{ id, finding }] });
			const a = items[0];
			if (a && (a.state === 'taken' || a.state === 'known')) {
				await this.loadFindings();
				this.try((t) => t.closures.splice(i, 1));
				return true;
			}
			this.trouble = new Refusal({ status: 422, title: a?.state ?? '', detail: a?.detail ?? a?.state ?? '', remedy: a?.remedy ?? '' });
		} catch (e) {
			this.fail(e);
		}
		return false;
	}

	// search waits for the map, which may not be known yet when somebody types.
	search = async (words: string, signal: AbortSignal): Promise<Found[]> => {
		while (!this.map) {
			await new Promise((go) => setTimeout(go, 50));
			signal.throwIfAborted();
		}
		return get<Found[]>(`/api/maps/${this.map.id}/search?q=${encodeURIComponent(words)}`, signal);
	};
}
