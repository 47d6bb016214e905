// What of a movement is on the map, panel by panel.
import type { Feature, LineString, Point } from 'geojson';
import { called, coordinates, startOf } from '../lib/movement';
import { flow, segments, type Route } from '../lib/plan';
import type { Panel } from '../lib/route.svelte';
import { text } from '../lib/text';
import type { Workspace } from '../lib/workspace.svelte';
import { circle, line, point, type Overlay } from './overlay';
import type { Pin } from './pin';

const lineOf = (r: Route): [number, number][] => r.geometry.map((p) => [p.lon, p.lat]);

function sketched(ws: Workspace, o: Overlay): void {
	for (const leg of ws.sketch?.legs ?? []) {
		if (leg.mode === 'rail') o.lines.push(line(leg.line, { role: 'rail' }));
		else for (const b of leg.bands) o.lines.push(line(leg.line.slice(b.from, b.to + 1), { role: 'band', band: b.band }));
		leg.hazards.forEach((h, n) => o.points.push(point(h.lat, h.lon, { role: 'hazard', kind: h.kind, band: Math.max(1, h.band), n })));
	}
}

function routeOf(r: Route, rail: boolean, o: Overlay): void {
	if (rail) o.lines.push(line(lineOf(r), { role: 'rail' }));
	else for (const s of segments(r)) o.lines.push(line(s.line, { role: 'band', band: s.band }));
}

function planned(ws: Workspace, panel: Panel, o: Overlay): void {
	const p = ws.planned;
	p.plan?.legs.forEach((leg, i) => {
		const mix = panel === 'mix' && i === ws.leg ? leg.mix : undefined;
		if (mix) {
			for (const f of flow(mix.routes)) o.lines.push(line(f.line, { role: 'ribbon', odds: Math.min(1, f.odds) }));
			const one = mix.routes[p.drawn];
			if (one) o.lines.push(line(lineOf(one.route), { role: 'drawn' }));
			mix.places.forEach((b, n) => {
				if (b.binds || b.post > 0) o.points.push(point(b.lat, b.lon, { role: p.posts.includes(n) ? 'post' : 'binding', n, label: String(n + 1) }));
			});
			for (const a of mix.areas) o.areas.push(circle(a.lat, a.lon, a.radius_m, { role: 'secured' }));
		} else {
			const chosen = i === ws.leg ? Math.min(p.route, leg.routes.length - 1) : 0;
			leg.routes.forEach((r, k) => {
				if (k !== chosen) o.lines.push(line(lineOf(r), { role: 'alternate' }));
			});
			const r = leg.routes[chosen];
			if (r) {
				routeOf(r, leg.mode === 'rail', o);
				r.hazards.forEach((h, n) => o.points.push(point(h.lat, h.lon, { role: 'hazard', kind: h.kind, band: Math.max(1, h.band), n })));
				for (const h of r.havens) o.points.push(point(h.lat, h.lon, { role: 'haven', name: h.name }));
			}
		}
		if (i === ws.leg) leg.decision_points.forEach((d, n) => o.points.push(point(d.lat, d.lon, { role: 'decision', n })));
	});
	const beside = p.beside?.plan.legs;
	for (const leg of beside ?? []) {
		const r = leg.routes[0];
		if (r) o.lines.push(line(lineOf(r), { role: 'beside' }));
	}
}

export function overlayOf(ws: Workspace, panel: Panel): Overlay {
	const o: Overlay = { lines: [] as Feature<LineString>[], points: [] as Feature<Point>[], areas: [] };
	const doc = ws.trial.doc;
	const areas = [
		...(doc.secured_areas ?? []).map((a) => ({ a, role: 'secured' })),
		...(doc.constraints?.avoid ?? []).map((a) => ({ a, role: 'avoid' })),
	];
	for (const { a, role } of areas) {
		const at = coordinates(a.centre);
		if (at && a.radius_m) o.areas.push(circle(at[0], at[1], a.radius_m, { role }));
		const ring = a.polygon?.map((c) => coordinates(c)).filter((c) => c !== null).map(([lat, lon]): [number, number] => [lon, lat]);
		const first = ring?.[0];
		if (ring && first) o.areas.push({ type: 'Feature', properties: { role }, geometry: { type: 'Polygon', coordinates: [[...ring, first]] } });
	}
	// The plan is what is looked at, but while the file is worked on.
	const usesSketch = panel === 'movement' || panel === 'route' || !ws.planned.plan;
	if (usesSketch) sketched(ws, o);
	else planned(ws, panel, o);
	ws.trial.closures.forEach((c, n) => o.points.push(point(c.lat, c.lon, { role: 'closure', n })));
	if (ws.spot) o.points.push(point(ws.spot.lat, ws.spot.lon, { role: 'spot' }));
	return o;
}

export function pinsOf(ws: Workspace, panel: Panel): Pin[] {
	const out: Pin[] = [];
	const doc = ws.trial.doc;
	const edits = ws.mayEdit && (panel === 'movement' || panel === 'route');
	const put = (id: string, label: string, p: ReturnType<typeof startOf>, set: (at: string) => void): void => {
		const at = coordinates(p);
		if (at) out.push({ id, label, lat: at[0], lon: at[1], ...(edits ? { drag: (lat: number, lon: number) => set(`${lat.toFixed(5)},${lon.toFixed(5)}`) } : {}) });
	};
	doc.legs.forEach((leg, i) => {
		if (leg.from) put(`from${i}`, called(leg.from) === '' || coordinates(called(leg.from)) ? text.movement.start : called(leg.from), leg.from, (at) => ws.editDoc((m) => void (m.legs[i]!.from = { at })));
		leg.via?.forEach((v, k) => put(`via${k}`, `${text.movement.via} ${k + 1}`, v, (at) => ws.editDoc((m) => void (m.legs[i]!.via![k] = { at }))));
		if (leg.to) put(`to${i}`, called(leg.to) === '' || coordinates(called(leg.to)) ? text.movement.end : called(leg.to), leg.to, (at) => ws.editDoc((m) => void (m.legs[i]!.to = { at })));
	});
	return out;
}

// boundsOf returns what should be seen of the map: the ends of the movement.
export function boundsOf(ws: Workspace): [number, number, number, number] | null {
	const ends = ws.trial.doc.legs.flatMap((l, i) => [coordinates(startOf(ws.trial.doc, i)), ...(l.via ?? []).map((v) => coordinates(v)), coordinates(l.to)]).filter((c) => c !== null);
	if (ends.length < 2) return null;
	const lats = ends.map((c) => c[0]);
	const lons = ends.map((c) => c[1]);
	return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
