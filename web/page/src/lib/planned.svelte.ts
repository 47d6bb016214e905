// The plans of a movement: the job that makes one, the one that is looked at, and
// another beside it.
import { all, ask, get, once, post, Refusal, send, type Job } from './api';
import { follow } from './jobs';
import type { Approval, LegPlan, Plan, PlanItem, Reason } from './plan';
import type { Workspace } from './workspace.svelte';

export class Planned {
	items = $state.raw<PlanItem[]>([]);
	id = $state('');
	plan = $state.raw<Plan | null>(null);
	loading = $state(false);
	job = $state.raw<Job | null>(null);
	busy = $state(false); // a plan has been asked for and is not there yet
	beside = $state.raw<{ id: string; plan: Plan; report: Comparison } | null>(null);
	route = $state(0); // of the leg, in its list of routes
	drawn = $state(-1); // of the mix; -1 shows all
	why = $state.raw<Reason | null>(null);
	asking = $state(false);
	approval = $state.raw<Approval | null>(null);
	posts = $state.raw<number[]>([]); // places of the mix with a post that is tried out
	point = $state(-1); // of the frontier
	worth = $state<number | null>(null); // of the mix to the usual route, with the posts tried out
	valuing = $state(false);
	single = $state(false); // only the worth of single posts is known
	private record = '';

	constructor(private of: Workspace) {}

	get leg(): LegPlan | undefined {
		return this.plan?.legs[this.of.leg];
	}

	async list(): Promise<void> {
		const m = this.of.movement;
		if (!m) return;
		try {
			this.items = await all<PlanItem>(`/api/movements/${m.id}/plans`);
			const first = this.items[0];
			if (first && !this.items.some((p) => p.id === this.id)) await this.open(first.id);
		} catch (e) {
			// Who surveys only has no plans to see.
			if (!(e instanceof Refusal && e.status === 403)) this.of.fail(e);
		}
	}

	async open(id: string): Promise<void> {
		this.loading = true;
		try {
			this.plan = await get<Plan>(`/api/plans/${id}`);
			this.id = id;
			this.why = null;
			this.posts = [];
			this.point = -1;
			this.drawn = -1;
			this.route = 0;
			this.beside = null;
			await this.loadApproval();
		} catch (e) {
			this.of.fail(e);
		} finally {
			this.loading = false;
		}
	}

	// make saves the file, has the plan worked out and opens it.
	async make(mean = 0): Promise<boolean> {
		const m = this.of.movement;
		if (!m || this.busy) return false;
		this.busy = true;
		this.of.trouble = null;
		try {
			if (!(await this.of.save())) return false;
			const { job } = await post<{ job: string }>(`/api/movements/${m.id}/plans`, { mix: { routes: 6, ...(mean > 0 ? { mean } : {}) } }, { once: once() });
			const end = await follow(job, (j) => (this.job = j));
			if (end.state !== 'done' || !end.result) {
				if (end.state === 'failed') this.of.trouble = new Refusal({ status: 422, title: 'failed', detail: end.fault ?? '' });
				return false;
			}
			this.id = '';
			await this.list();
			return this.plan !== null;
		} catch (e) {
			this.of.fail(e);
			return false;
		} finally {
			this.busy = false;
			this.job = null;
		}
	}

	async cancel(): Promise<void> {
		if (this.job) await send(`/api/jobs/${this.job.id}`, { method: 'DELETE' }).catch((e: unknown) => this.of.fail(e));
	}

	async explain(lat: number, lon: number): Promise<void> {
		if (!this.id) return;
		this.asking = true;
		this.of.spot = { lat, lon };
		try {
			this.why = await get<Reason>(`/api/plans/${this.id}/why?lat=${lat.toFixed(6)}&lon=${lon.toFixed(6)}`);
		} catch (e) {
			this.why = null;
			this.of.spot = null;
			if (!(e instanceof Refusal && e.status === 422)) this.of.fail(e);
		} finally {
			this.asking = false;
		}
	}

	// togglePost tries a post out at one of the places where the mix is attacked best,
	// or takes it away, and asks what it is worth.
	togglePost(n: number): void {
		this.posts = this.posts.includes(n) ? this.posts.filter((x) => x !== n) : [...this.posts, n];
		void this.value();
	}

	private async value(): Promise<void> {
		const mix = this.leg?.mix;
		const now = this.posts;
		this.worth = null;
		if (!mix || now.length === 0) return;
		const alone = now.length === 1 ? mix.places[now[0] ?? -1]?.post : 0;
		if (alone) {
			this.worth = alone / mix.usual;
			return;
		}
		if (now.length === 1 || this.single) return;
		this.valuing = true;
		try {
			const posts = now.map((n) => mix.places[n]).filter((p) => p !== undefined).map(({ lat, lon }) => ({ lat, lon }));
			const a = await post<{ ratio: number }>(`/api/plans/${this.id}/posts`, { leg: this.of.leg, posts });
			if (this.posts === now) this.worth = a.ratio;
		} catch (e) {
			// A server that cannot work several posts out together still knows single ones.
			if (e instanceof Refusal && (e.status === 404 || e.status === 405)) this.single = true;
			else this.of.fail(e);
		} finally {
			this.valuing = false;
		}
	}

	async compare(id: string): Promise<void> {
		if (!id) {
			this.beside = null;
			return;
		}
		try {
			const [plan, report] = await Promise.all([get<Plan>(`/api/plans/${id}`), get<Comparison>(`/api/plans/${id}/compare/${this.id}`)]);
			this.beside = { id, plan, report };
		} catch (e) {
			this.of.fail(e);
		}
	}

	async loadApproval(): Promise<void> {
		try {
			const { body, etag } = await send<Approval>(`/api/plans/${this.id}/approval`);
			this.approval = body;
			this.record = etag;
		} catch (e) {
			this.approval = null;
			if (!(e instanceof Refusal && (e.status === 403 || e.status === 404))) this.of.fail(e);
		}
	}

	// act takes a step on the record of the plan.
	async act(body: Record<string, unknown>): Promise<void> {
		const answer = await send<Approval>(`/api/plans/${this.id}/approval`, { method: 'POST', etag: this.record, body });
		this.approval = answer.body;
		this.record = answer.etag;
	}

	order = (part: string, size: string): Promise<Response> =>
		ask(`/api/plans/${this.id}/order?part=${encodeURIComponent(part)}&size=${encodeURIComponent(size)}`);

	export = (as: string, clear: boolean): Promise<Response> =>
		ask(`/api/plans/${this.id}/export`, { method: 'POST', body: { as, clear } });
}

export interface Value {
	what: string;
	a: string;
	b: string;
	by?: number;
	unit?: string;
}

export interface Comparison {
	same: boolean;
	inputs: Value[];
	findings: { change: string; kind: string; name: string }[];
	convoy: Value[];
	warnings: { change: string; name: string }[];
	legs: { a: string; b: string; change?: string; values: Value[]; routes: { a: string; b: string; same_way: boolean; values: Value[]; only_a: unknown[]; only_b: unknown[] }[] }[];
}
