// The movement file as the page edits it. What the page does not know stays in it
// as it came: every change is made to a copy of the whole.
import type { Found } from './api';
import { position } from './format';

export interface PlaceText {
	at?: string;
	label?: string;
	venue?: string;
}

export interface Vehicle {
	call_sign: string;
	role: string;
	class?: string;
	length_m: number;
	width_m?: number;
	height_m?: number;
	mass_t?: number;
}

export interface Span {
	earliest: string;
	latest: string;
}

export interface Train {
	call_sign: string;
	length_m: number;
	max_kmh: number;
	[key: string]: unknown;
}

export interface Leg {
	name?: string;
	mode?: 'road' | 'rail';
	from?: string | PlaceText;
	via?: (string | PlaceText)[];
	to?: string | PlaceText;
	window?: Span;
	arrive?: Span;
	stay?: { minutes?: number; until?: string; venue?: string };
	halts?: { at: string | PlaceText; minutes: number; reason?: string }[];
	train?: Train;
	[key: string]: unknown;
}

export interface Area {
	name: string;
	centre?: string | PlaceText;
	radius_m?: number;
	polygon?: string[];
	forbid?: boolean;
	weight?: number;
}

export interface Constraints {
	max_detour?: number;
	alternates?: number;
	avoid?: Area[];
	no_ferry?: boolean;
	no_toll?: boolean;
	[key: string]: unknown;
}

export interface Movement {
	format?: string;
	movement: string;
	cover_name: string;
	time_zone: string;
	convoy: { vehicles: Vehicle[]; march_kmh?: number; gap_s?: number; gap_m?: number; [key: string]: unknown };
	legs: Leg[];
	secured_areas?: Area[];
	constraints?: Constraints;
	[key: string]: unknown;
}

export const roles = ['scout', 'lead', 'principal', 'follow', 'escort', 'cargo', 'medical', 'recovery'] as const;
export const classes = ['car', 'truck', 'bus', 'emergency'] as const;

// Cover names to begin with: birds, which say nothing.
const birds = ['KESTREL', 'PLOVER', 'HERON', 'MERLIN', 'CURLEW', 'OSPREY', 'LINNET', 'GANNET', 'DUNLIN', 'SISKIN', 'AVOCET', 'TERN'];

// fresh returns a movement with nothing but what can be guessed: a small column,
// tomorrow morning.
export function fresh(zone: string, now: Date): Movement {
	const tomorrow = new Date(now.getTime() + 86_400_000);
	const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(tomorrow);
	const bird = birds[Math.floor(Math.random() * birds.length)] ?? 'KESTREL';
	return {
		format: 'outrider.movement/1',
		movement: `Movement of ${day}`,
		cover_name: bird,
		time_zone: zone,
		convoy: {
			march_kmh: 80,
			catch_up_kmh: 95,
			gap_s: 3,
			vehicles: [
				{ call_sign: 'LEAD 1', role: 'lead', class: 'car', length_m: 5.4, width_m: 2.1, height_m: 1.9, mass_t: 3.2 },
				{ call_sign: 'STAR 1', role: 'principal', class: 'car', length_m: 5.6, width_m: 2.1, height_m: 1.9, mass_t: 4.1 },
				{ call_sign: 'FOLLOW 1', role: 'follow', class: 'car', length_m: 5.4, width_m: 2.1, height_m: 1.9, mass_t: 3.2 },
			],
		},
		legs: [{ window: { earliest: `${day}T08:00`, latest: `${day}T09:00` } }],
		constraints: { max_detour: 1.5, alternates: 2 },
	};
}

// coordinates reads "lat,lon"; null where a place is named in another way.
export function coordinates(p: string | PlaceText | undefined): [number, number] | null {
	const at = typeof p === 'string' ? p : p?.at;
	const m = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(at ?? '');
	return m ? [Number(m[1]), Number(m[2])] : null;
}

export function called(p: string | PlaceText | undefined): string {
	if (!p) return '';
	if (typeof p === 'string') return p;
	return p.label ?? p.venue ?? p.at ?? '';
}

// placed turns what was found or clicked into a place of the file.
export function placed(f: Pick<Found, 'lat' | 'lon'> & { name?: string }): PlaceText {
	const at = position(f.lat, f.lon);
	return f.name && f.name !== at ? { at, label: f.name.slice(0, 80) } : { at };
}

// complete reports whether there is enough of it to work a line out.
export const complete = (m: Movement): boolean =>
	m.legs.length > 0 && !!m.legs[0]?.from && m.legs.every((l) => !!l.to) && m.convoy.vehicles.length > 0;

// startOf returns where a leg begins: as it says, or where the one before ends.
export const startOf = (m: Movement, leg: number): string | PlaceText | undefined => m.legs[leg]?.from ?? (leg > 0 ? m.legs[leg - 1]?.to : undefined);

const bare = (v: unknown): unknown => {
	if (Array.isArray(v)) return v.map(bare);
	if (v && typeof v === 'object') {
		return Object.fromEntries(
			Object.entries(v)
				.filter(([, x]) => x !== undefined && x !== null && x !== '' && !(Array.isArray(x) && x.length === 0))
				.map(([k, x]) => [k, bare(x)]),
		);
	}
	return v;
};

// written returns the file as it is sent: without keys that hold nothing.
export const written = (m: Movement): Movement => bare(m) as Movement;
