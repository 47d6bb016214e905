// What the page reads of a plan, a sketch and their company. Fields are those of
// plan.json (plan.schema.json) and of the API.
export interface LatLon {
	lat: number;
	lon: number;
}

export interface HazardPass {
	kind: string;
	from_m: number;
	to_m: number;
	at: string;
	lat: number;
	lon: number;
	detail: string;
	evidence: string;
	finding?: string;
	band: number;
}

export interface MarchRow {
	point: string;
	kind: string;
	lat: number;
	lon: number;
	odometer_m: number;
	head: string;
	tail: string;
	pass_s: number;
	halt_s?: number;
	early_s: number;
	late_s: number;
	dark?: boolean;
}

export interface Stretch {
	from_m: number;
	to_m: number;
	p: number;
	band: number;
}

export interface Route {
	name: string;
	length_m: number;
	duration_s: number;
	detour: number;
	shared_primary: number;
	max_p_band: number;
	lambda: number;
	lambda_parts: { kind: string; lambda: number }[];
	geometry: LatLon[];
	odometer_m: number[];
	hazards: HazardPass[];
	march_table: MarchRow[];
	havens: { kind: string; name: string; odometer_m: number; drive_s: number; lat: number; lon: number; verified: boolean }[];
	exposure: Stretch[];
}

export interface Decision {
	from_route: string;
	to_route: string;
	parting: boolean;
	road: string;
	lat: number;
	lon: number;
	odometer_m: number;
	latest: string;
	cost_s: number;
	over: string[];
	rejoin_on: string;
}

export interface MixPlace {
	lat: number;
	lon: number;
	road: string;
	p: number;
	passed: number;
	value: number;
	passed_by: number[];
	usual: boolean;
	binds: boolean;
	post: number;
}

export interface MixRoute {
	odds: number;
	worst: number;
	route: Route;
}

export interface Mix {
	routes: MixRoute[];
	upper: number;
	lower: number;
	best_known: number;
	usual: number;
	single: number;
	single_s: number;
	ratio: number;
	ratio_low: number;
	ratio_high: number;
	mean_s: number;
	fastest_s: number;
	places: MixPlace[];
	frontier: { mean_s: number; upper: number; lower: number }[];
	areas: { name: string; lat: number; lon: number; radius_m: number; assumed: boolean }[];
	notes: string[];
}

export interface LegPlan {
	name: string;
	mode: 'road' | 'rail';
	from: LatLon & { label: string };
	to: LatLon & { label: string };
	earliest: string;
	latest: string;
	routes: Route[];
	must_pass: { road: string; lat: number; lon: number; from_m: number; to_m: number }[];
	decision_points: Decision[];
	alternates: { asked: number; found: number; reason?: string };
	daylight: { sunrise?: string; sunset?: string; first_light?: string; last_light?: string; arrives_in: string };
	mix?: Mix;
	stay?: { venue?: string; from: string; until: string; slack_s: number };
}

export interface Plan {
	movement: string;
	cover_name: string;
	time_zone: string;
	made: string;
	inputs: { map_name: string; data_date: string; stale: boolean; profile_name: string; profile_calibrated: boolean; findings_in_force: number; attribution: string };
	convoy: { road_space_m: number; time_of_passage_s: number };
	legs: LegPlan[];
	warnings: string[];
}

export interface SketchHazard {
	kind: string;
	lat: number;
	lon: number;
	metres: number;
	detail: string;
	band: number;
	evidence: string;
	finding?: string;
}

export interface SketchLeg {
	name: string;
	mode: 'road' | 'rail';
	line: [number, number][];
	metres: number;
	seconds: number;
	lambda: number;
	bands: { from: number; to: number; band: number }[];
	hazards: SketchHazard[];
	start: string;
	end: string;
	parts: { kind: string; lambda: number; metres: number }[];
}

export interface Sketch {
	legs: SketchLeg[];
	warnings: string[];
}

export interface Closure {
	lat: number;
	lon: number;
	radiusM: number;
}

export interface Finding {
	id: string;
	kind: string;
	rating: number;
	lat: number;
	lon: number;
	note?: string;
	surveyor: string;
	date: string;
	expiry: string;
	from?: string;
	to?: string;
}

export interface Contribution {
	kind: string;
	weight: number;
	x: number;
	wx: number;
	distance_m: number;
	effect: string;
	by?: string;
	osm?: string;
	tags?: string;
	detail?: string;
	finding?: Finding;
	age_days?: number;
	expired?: boolean;
}

export interface Reason {
	lat: number;
	lon: number;
	road: string;
	at: string;
	directions: { heading: string; bearing: number; band: number; worst_hours: string; contributions: Contribution[]; calibrated: boolean }[] | null;
}

export interface CheckItem {
	item: string;
	kind: string;
	text: string;
	found?: string;
	verdict: string;
	by?: string;
	at?: string;
	reason?: string;
}

export interface Approval {
	state: string;
	stale: boolean;
	expired: boolean;
	changes: { subject: string; what: string; text: string }[];
	checklist: CheckItem[];
	next?: string;
	missing: string[];
	bytesHash?: string;
	posts?: string[];
	steps?: { action: string; by: string; at: string; note?: string }[];
}

export interface PlanItem {
	id: string;
	map: string;
	made: string;
	by: string;
}

// segments returns parts of a route by band, with the gaps between them as band 0.
export function segments(r: Route): { line: [number, number][]; band: number }[] {
	const out: { line: [number, number][]; band: number }[] = [];
	const at = (m: number): [number, number] => {
		let k = r.odometer_m.findIndex((x) => x >= m);
		if (k < 0) k = r.odometer_m.length - 1;
		const b = r.geometry[k];
		const a = r.geometry[Math.max(0, k - 1)];
		if (!a || !b) return [0, 0];
		const from = r.odometer_m[Math.max(0, k - 1)] ?? 0;
		const to = r.odometer_m[k] ?? 0;
		const part = to > from ? Math.min(1, Math.max(0, (m - from) / (to - from))) : 0;
		return [a.lon + part * (b.lon - a.lon), a.lat + part * (b.lat - a.lat)];
	};
	const add = (from: number, to: number, band: number): void => {
		if (to - from < 0.5) return;
		const line = [at(from)];
		r.odometer_m.forEach((m, k) => {
			const p = r.geometry[k];
			if (m > from && m < to && p) line.push([p.lon, p.lat]);
		});
		line.push(at(to));
		out.push({ line, band });
	};
	let end = 0;
	for (const s of r.exposure) {
		add(end, s.from_m, 0);
		add(Math.max(end, s.from_m), s.to_m, s.band);
		end = Math.max(end, s.to_m);
	}
	add(end, r.odometer_m.at(-1) ?? 0, 0);
	return out;
}

// flow lays routes over each other: pieces of line with the odds that the route
// drawn runs over them.
export function flow(routes: MixRoute[]): { line: [number, number][]; odds: number }[] {
	const odds = new Map<string, number>();
	const key = (a: LatLon, b: LatLon): string => `${a.lat},${a.lon},${b.lat},${b.lon}`;
	const pairs = (r: Route, each: (a: LatLon, b: LatLon) => void): void => {
		for (let i = 1; i < r.geometry.length; i++) {
			const a = r.geometry[i - 1];
			const b = r.geometry[i];
			if (a && b) each(a, b);
		}
	};
	for (const { route, odds: o } of routes) pairs(route, (a, b) => odds.set(key(a, b), (odds.get(key(a, b)) ?? 0) + o));
	const out: { line: [number, number][]; odds: number }[] = [];
	const done = new Set<string>();
	for (const { route } of routes) {
		let open: { line: [number, number][]; odds: number } | null = null;
		pairs(route, (a, b) => {
			const k = key(a, b);
			const o = odds.get(k) ?? 0;
			if (done.has(k)) {
				open = null;
				return;
			}
			done.add(k);
			if (!open || Math.abs(open.odds - o) > 1e-9) {
				open = { line: [[a.lon, a.lat]], odds: o };
				out.push(open);
			}
			open.line.push([b.lon, b.lat]);
		});
	}
	return out;
}
