// The map that is on the screen, for who drags something onto it.
import type { Map as Chart } from 'maplibre-gl';

let shown: Chart | null = null;

export function show(c: Chart | null): void {
	shown = c;
}

// under returns the place under a point of the window, and how many pixels it is
// from another place.
export function under(x: number, y: number): { inside: boolean; away: (lat: number, lon: number) => number } {
	if (!shown) return { inside: false, away: () => Infinity };
	const chart = shown;
	const box = chart.getContainer().getBoundingClientRect();
	return {
		inside: x >= box.left && x <= box.right && y >= box.top && y <= box.bottom,
		away: (lat, lon) => {
			const p = chart.project([lon, lat]);
			return Math.hypot(p.x - (x - box.left), p.y - (y - box.top));
		},
	};
}

type Flat = (at: [number, number]) => { x: number; y: number };

// nearest returns the place on a line that is within a limit of another place, or
// that place, as things are flattened by project.
function nearest(lat: number, lon: number, lines: [number, number][][], project: Flat, limit: number): { lat: number; lon: number } {
	const c = project([lon, lat]);
	let best = { lat, lon };
	let least = limit;
	for (const l of lines) {
		for (let i = 1; i < l.length; i++) {
			const a = l[i - 1];
			const b = l[i];
			if (!a || !b || Math.max(a[0], b[0]) < lon - 0.2 || Math.min(a[0], b[0]) > lon + 0.2) continue;
			const p = project(a);
			const q = project(b);
			const dx = q.x - p.x;
			const dy = q.y - p.y;
			const t = Math.min(1, Math.max(0, ((c.x - p.x) * dx + (c.y - p.y) * dy) / (dx * dx + dy * dy || 1)));
			const d = Math.hypot(p.x + t * dx - c.x, p.y + t * dy - c.y);
			if (d < least) {
				least = d;
				best = { lat: a[1] + t * (b[1] - a[1]), lon: a[0] + t * (b[0] - a[0]) };
			}
		}
	}
	return best;
}

// snapped takes a click to a line that is drawn beside it: whoever closes a road
// they see drawn means the carriageway that is driven, not the one beside it.
export function snapped(lat: number, lon: number, lines: [number, number][][]): { lat: number; lon: number } {
	const chart = shown;
	return chart ? nearest(lat, lon, lines, (at) => chart.project(at), 14) : { lat, lon };
}

// abreast does the same for a place that was typed: only a carriageway or two lie
// between it and the line.
export function abreast(lat: number, lon: number, lines: [number, number][][]): { lat: number; lon: number } {
	const east = 111_320 * Math.cos((lat * Math.PI) / 180);
	return nearest(lat, lon, lines, ([x, y]) => ({ x: x * east, y: y * 111_320 }), 60);
}
