// What lies over the ground: lines, places and areas, as layers on three sources.
import type { Feature, FeatureCollection, LineString, Point, Polygon } from 'geojson';
import type { LayerSpecification, SourceSpecification } from 'maplibre-gl';
import { bandColours, type Theme } from './style';

export interface Overlay {
	lines: Feature<LineString>[];
	points: Feature<Point>[];
	areas: Feature<Polygon>[];
}

export const collection = <G extends LineString | Point | Polygon>(features: Feature<G>[]): FeatureCollection<G> => ({ type: 'FeatureCollection', features });

export const line = (coordinates: [number, number][], properties: Record<string, unknown>): Feature<LineString> => ({
	type: 'Feature', properties, geometry: { type: 'LineString', coordinates },
});

export const point = (lat: number, lon: number, properties: Record<string, unknown>): Feature<Point> => ({
	type: 'Feature', properties, geometry: { type: 'Point', coordinates: [lon, lat] },
});

// circle draws the ground within so many metres of a place.
export function circle(lat: number, lon: number, radius: number, properties: Record<string, unknown>): Feature<Polygon> {
	const north = radius / 111_320;
	const east = north / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
	const ring: [number, number][] = [];
	for (let k = 0; k <= 48; k++) {
		const a = (k * 2 * Math.PI) / 48;
		ring.push([lon + east * Math.cos(a), lat + north * Math.sin(a)]);
	}
	return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [ring] } };
}

export const sources = ['areas', 'lines', 'points'] as const;

export function overlaySources(o: Overlay): Record<string, SourceSpecification> {
	return {
		areas: { type: 'geojson', data: collection(o.areas) },
		lines: { type: 'geojson', data: collection(o.lines), tolerance: 0.3 },
		points: { type: 'geojson', data: collection(o.points) },
	};
}

const is = (role: string): ['==', ['get', string], string] => ['==', ['get', 'role'], role];

export function overlayLayers(theme: Theme): LayerSpecification[] {
	const bands = bandColours[theme];
	const night = theme === 'dark';
	const paper = night ? '#0b0f13' : '#ffffff';
	const ink = night ? '#e6edf4' : '#17202b';
	const accent = night ? '#6db3f2' : '#0a5a9c';
	const other = night ? '#c59bf0' : '#6b3fa0';
	const faint = night ? '#8d99a6' : '#5b6774';
	const held = night ? '#7a8591' : '#7c8894';
	const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
	const text = { 'text-font': ['Noto Sans'], 'text-size': 11 };
	return [
		{
			id: 'area-fill', type: 'fill', source: 'areas',
			paint: { 'fill-color': ['match', ['get', 'role'], 'secured', night ? '#6fcb95' : '#1d6b3f', 'avoid', bands[3], accent], 'fill-opacity': night ? 0.18 : 0.13 },
		},
		{
			id: 'area-edge', type: 'line', source: 'areas',
			paint: { 'line-color': ['match', ['get', 'role'], 'secured', night ? '#6fcb95' : '#1d6b3f', 'avoid', bands[3], accent], 'line-width': 1.5, 'line-dasharray': [3, 2] },
		},
		{ id: 'beside', type: 'line', source: 'lines', filter: is('beside'), layout: round, paint: { 'line-color': other, 'line-width': 4, 'line-dasharray': [1, 1.6] } },
		{ id: 'alternate-case', type: 'line', source: 'lines', filter: is('alternate'), layout: round, paint: { 'line-color': paper, 'line-width': 6, 'line-opacity': 0.8 } },
		{ id: 'alternate', type: 'line', source: 'lines', filter: is('alternate'), layout: round, paint: { 'line-color': faint, 'line-width': 3 } },
		{
			id: 'ribbon', type: 'line', source: 'lines', filter: is('ribbon'), layout: { 'line-cap': 'butt', 'line-join': 'round' },
			paint: { 'line-color': accent, 'line-opacity': night ? 0.6 : 0.5, 'line-width': ['+', 1.5, ['*', 20, ['get', 'odds']]] },
		},
		{ id: 'drawn', type: 'line', source: 'lines', filter: is('drawn'), layout: round, paint: { 'line-color': ink, 'line-width': 2.5 } },
		{ id: 'rail-run', type: 'line', source: 'lines', filter: is('rail'), layout: round, paint: { 'line-color': ink, 'line-width': 4 } },
		{ id: 'rail-run-ties', type: 'line', source: 'lines', filter: is('rail'), paint: { 'line-color': paper, 'line-width': 2, 'line-dasharray': [2, 2] } },
		{ id: 'band-case', type: 'line', source: 'lines', filter: is('band'), layout: round, paint: { 'line-color': paper, 'line-width': 8 } },
		{
			id: 'band', type: 'line', source: 'lines', filter: is('band'), layout: { 'line-cap': 'round', 'line-join': 'round', 'line-sort-key': ['get', 'band'] },
			paint: { 'line-color': ['match', ['get', 'band'], 1, bands[0], 2, bands[1], 3, bands[2], 4, bands[3], 5, bands[4], held], 'line-width': 5 },
		},
		{
			id: 'haven', type: 'symbol', source: 'points', minzoom: 11, filter: is('haven'),
			layout: { ...text, 'icon-image': 'haven', 'text-field': ['get', 'name'], 'text-offset': [0, 1], 'text-anchor': 'top', 'text-optional': true, 'text-max-width': 8 },
			paint: { 'text-color': night ? '#6fcb95' : '#1d6b3f', 'text-halo-color': paper, 'text-halo-width': 1.5 },
		},
		{
			id: 'hazard', type: 'symbol', source: 'points', filter: is('hazard'),
			layout: { 'icon-image': ['concat', 'hazard:', ['get', 'kind'], ':', ['get', 'band']], 'symbol-sort-key': ['-', 5, ['get', 'band']], 'icon-padding': 1, 'icon-size': ['interpolate', ['linear'], ['zoom'], 8, 0.7, 13, 1] },
		},
		{ id: 'decision', type: 'symbol', source: 'points', filter: is('decision'), layout: { 'icon-image': 'decision', 'icon-padding': 0 } },
		{
			id: 'binding', type: 'symbol', source: 'points', filter: ['any', is('binding'), is('post')],
			layout: { 'icon-image': ['concat', ['get', 'role'], ':', ['get', 'label']], 'icon-allow-overlap': true },
		},
		{ id: 'closure', type: 'symbol', source: 'points', filter: is('closure'), layout: { 'icon-image': 'closure', 'icon-allow-overlap': true } },
		{
			id: 'spot', type: 'circle', source: 'points', filter: is('spot'),
			paint: { 'circle-radius': 11, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': accent, 'circle-stroke-width': 3 },
		},
	];
}
