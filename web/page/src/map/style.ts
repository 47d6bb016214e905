import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';

export type Theme = 'light' | 'dark' | 'print';

interface Ground {
	land: string;
	water: string;
	shore: string;
	casing: string;
	major: string;
	middle: string;
	minor: string;
	path: string;
	rail: string;
	text: string;
	halo: string;
	waterText: string;
}

// The ground stays quiet, so that what is planned stands out. Print is black on
// white; dark is for a control room at night.
const grounds: Record<Theme, Ground> = {
	light: {
		land: '#eef0ec', water: '#bcd8e8', shore: '#8fb4c6', casing: '#aeb0ac', major: '#f7dfa6', middle: '#ffffff', minor: '#ffffff',
		path: '#cfcabd', rail: '#8d8a96', text: '#3b3f46', halo: '#f8f7f4', waterText: '#44708a',
	},
	dark: {
		land: '#14181d', water: '#0b1f2c', shore: '#23465a', casing: '#0d1013', major: '#5a5a4c', middle: '#434d58', minor: '#323a43',
		path: '#252b32', rail: '#4d4a57', text: '#aeb8c4', halo: '#10141a', waterText: '#5f8ba3',
	},
	print: {
		land: '#ffffff', water: '#e8e8e8', shore: '#8c8c8c', casing: '#9a9a9a', major: '#ffffff', middle: '#ffffff', minor: '#ffffff',
		path: '#cccccc', rail: '#777777', text: '#000000', halo: '#ffffff', waterText: '#555555',
	},
};

const font = ['Noto Sans'];

const settled: ExpressionSpecification = ['in', ['get', 'kind'], ['literal', ['city', 'town', 'village', 'suburb', 'hamlet']]];

// width grows from one zoom to the other as roads do on paper maps.
const width = (...stops: [number, number][]): ExpressionSpecification =>
	['interpolate', ['exponential', 1.5], ['zoom'], ...stops.flat()] as ExpressionSpecification;

interface RoadLook {
	id: string;
	classes: string[];
	width: [number, number][];
	colour: keyof Ground;
	from: number;
}

// Classes as docs/network.md has them, from the least important to the most.
const roads: RoadLook[] = [
	{ id: 'path', classes: ['track', 'path', 'footway', 'cycleway', 'steps', 'bridleway', 'service', 'pedestrian', 'other'], width: [[14, 0.8], [18, 5]], colour: 'path', from: 13 },
	{ id: 'minor', classes: ['unclassified', 'residential', 'living_street', 'busway'], width: [[12, 0.7], [14, 2.2], [18, 14]], colour: 'minor', from: 12 },
	{ id: 'tertiary', classes: ['tertiary'], width: [[11, 1], [14, 3.2], [18, 18]], colour: 'middle', from: 11 },
	{ id: 'secondary', classes: ['secondary'], width: [[9, 1], [14, 4], [18, 20]], colour: 'middle', from: 9 },
	{ id: 'primary', classes: ['primary'], width: [[7, 0.9], [12, 2.8], [14, 5], [18, 24]], colour: 'major', from: 7 },
	{ id: 'trunk', classes: ['trunk', 'motorway'], width: [[4, 0.6], [8, 1.8], [12, 3.8], [14, 6], [18, 28]], colour: 'major', from: 4 },
];

const times = (stops: [number, number][], more: number): [number, number][] => stops.map(([z, w]) => [z, w + more]);

function roadLayers(g: Ground): LayerSpecification[] {
	const one = (r: RoadLook, casing: boolean): LayerSpecification => ({
		id: `road-${r.id}${casing ? '-casing' : ''}`,
		type: 'line',
		source: 'ground',
		'source-layer': 'road',
		minzoom: r.from,
		filter: ['in', ['get', 'class'], ['literal', r.classes]],
		layout: { 'line-cap': 'round', 'line-join': 'round' },
		paint: {
			'line-color': casing ? g.casing : g[r.colour],
			'line-width': width(...(casing ? times(r.width, 1.2) : r.width)),
			'line-opacity': ['case', ['==', ['get', 'tunnel'], true], 0.5, 1],
		},
	});
	return [...roads.map((r) => one(r, true)), ...roads.map((r) => one(r, false))];
}

// ground returns the style of the map under everything else. The address is that
// of the tiles of one map; its hash is part of it, so tiles never change.
export function ground(theme: Theme, mapID: string, attribution: string, origin: string): StyleSpecification {
	const g = grounds[theme];
	return {
		version: 8,
		sources: {
			ground: { type: 'vector', tiles: [`${origin}/api/maps/${mapID}/tiles/{z}/{x}/{y}`], minzoom: 0, maxzoom: 15, attribution },
		},
		layers: [
			{ id: 'land', type: 'background', paint: { 'background-color': g.land } },
			{ id: 'water-area', type: 'fill', source: 'ground', 'source-layer': 'water', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': g.water } },
			{
				id: 'water-line', type: 'line', source: 'ground', 'source-layer': 'water', filter: ['==', ['get', 'kind'], 'river'],
				paint: { 'line-color': g.water, 'line-width': width([8, 0.8], [14, 3]) },
			},
			{
				id: 'coast', type: 'line', source: 'ground', 'source-layer': 'water', filter: ['==', ['get', 'kind'], 'coast'],
				paint: { 'line-color': g.shore, 'line-width': 1 },
			},
			...roadLayers(g),
			{
				id: 'ferry', type: 'line', source: 'ground', 'source-layer': 'road', filter: ['==', ['get', 'class'], 'ferry'],
				paint: { 'line-color': g.shore, 'line-width': 1.2, 'line-dasharray': [4, 3] },
			},
			{
				id: 'rail', type: 'line', source: 'ground', 'source-layer': 'rail', minzoom: 8,
				paint: { 'line-color': g.rail, 'line-width': width([8, 0.6], [14, 1.6], [18, 4]) },
			},
			{
				id: 'rail-ties', type: 'line', source: 'ground', 'source-layer': 'rail', minzoom: 11,
				paint: { 'line-color': g.rail, 'line-width': width([11, 2], [14, 4], [18, 9]), 'line-dasharray': [0.25, 2.5] },
			},
			{
				id: 'road-name', type: 'symbol', source: 'ground', 'source-layer': 'road', minzoom: 12,
				layout: { 'symbol-placement': 'line', 'text-field': ['coalesce', ['get', 'name'], ['get', 'ref']], 'text-font': font, 'text-size': 11 },
				paint: { 'text-color': g.text, 'text-halo-color': g.halo, 'text-halo-width': 1.4 },
			},
			{
				id: 'road-ref', type: 'symbol', source: 'ground', 'source-layer': 'road', minzoom: 8, maxzoom: 12,
				filter: ['all', ['has', 'ref'], ['in', ['get', 'class'], ['literal', ['motorway', 'trunk', 'primary']]]],
				layout: { 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-field': ['get', 'ref'], 'text-font': font, 'text-size': 10, 'text-rotation-alignment': 'viewport' },
				paint: { 'text-color': g.text, 'text-halo-color': g.halo, 'text-halo-width': 2 },
			},
			// Stations and airfields wait until there is room for them.
			...([['place-minor', 12, ['!', settled]], ['place-name', 0, settled]] as [string, number, ExpressionSpecification][]).map(
				([id, minzoom, which]): LayerSpecification => ({
					id, type: 'symbol', source: 'ground', 'source-layer': 'name', minzoom, filter: ['all', ['==', ['get', 'of'], 'place'], which],
					layout: {
						'text-field': ['get', 'name'], 'text-font': font, 'symbol-sort-key': ['get', 'rank'], 'text-padding': 6,
						'text-size': ['match', ['get', 'kind'], 'city', 16, 'town', 13, 'village', 11.5, 10.5],
					},
					paint: { 'text-color': g.text, 'text-halo-color': g.halo, 'text-halo-width': 1.6 },
				}),
			),
			{
				id: 'haven-name', type: 'symbol', source: 'ground', 'source-layer': 'name', minzoom: 13, filter: ['==', ['get', 'of'], 'haven'],
				layout: { 'text-field': ['get', 'name'], 'text-font': font, 'text-size': 10.5, 'text-offset': [0, 0.9], 'text-max-width': 7 },
				paint: { 'text-color': g.waterText, 'text-halo-color': g.halo, 'text-halo-width': 1.4 },
			},
		],
	};
}

// Bands of relative exposure, 1 to 5: told apart by lightness as well as by hue,
// so that they hold in grey and for who does not see red and green.
export const bandColours: Record<Theme, readonly [string, string, string, string, string]> = {
	light: ['#3f7fbf', '#5aa9a0', '#e0b030', '#d9722b', '#a3182f'],
	dark: ['#5f9fe0', '#64c2b6', '#f0cb55', '#f0904a', '#ff5a6e'],
	print: ['#bdbdbd', '#969696', '#737373', '#525252', '#000000'],
};
