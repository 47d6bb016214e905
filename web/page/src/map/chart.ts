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

// snapped returns the place on a line that is within so many pixels of another
// place, or that place: whoever closes a road they see drawn means the carriageway
// that is driven, not the one beside it.
export function snapped(lat: number, lon: number, lines: [number, number][][], pixels = 14): { lat: number; lon: number } {
	const c = shown?.project([lon, lat]);
	let best = { lat, lon };
	let least = pixels;
	if (!shown || !c) return best;
	for (const l of lines) {
		for (let i = 1; i < l.length; i++) {
			const a = l[i - 1];
			const b = l[i];
			if (!a || !b || Math.max(a[0], b[0]) < lon - 0.2 || Math.min(a[0], b[0]) > lon + 0.2) continue;
			const p = shown.project(a);
			const q = shown.project(b);
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
