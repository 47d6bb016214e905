// Pictures for the map, drawn when the map asks for them. Their names say what
// they are: hazard:<kind>:<band>, decision, binding:<n>, closure, haven.
import type { Map as Chart } from 'maplibre-gl';
import { path } from '../ui/icons';
import { bandColours, type Theme } from './style';

const ratio = 2;

function draw(size: number, paint: (c: CanvasRenderingContext2D) => void): ImageData {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = size * ratio;
	const c = canvas.getContext('2d', { willReadFrequently: true });
	if (!c) throw new Error('no canvas');
	c.scale(ratio, ratio);
	c.lineCap = c.lineJoin = 'round';
	paint(c);
	return c.getImageData(0, 0, canvas.width, canvas.height);
}

function glyph(c: CanvasRenderingContext2D, name: string, x: number, y: number, size: number, colour: string, width = 1.6): void {
	c.save();
	c.translate(x, y);
	c.scale(size / 16, size / 16);
	c.strokeStyle = colour;
	c.lineWidth = width;
	c.stroke(new Path2D(path(name)));
	c.restore();
}

function disc(c: CanvasRenderingContext2D, r: number, fill: string, edge: string, width: number): void {
	c.beginPath();
	c.arc(12, 12, r, 0, 2 * Math.PI);
	c.fillStyle = fill;
	c.fill();
	c.lineWidth = width;
	c.strokeStyle = edge;
	c.stroke();
}

export function picture(name: string, theme: Theme): ImageData | null {
	const night = theme === 'dark';
	const paper = night ? '#151b21' : '#ffffff';
	const ink = night ? '#e6edf4' : '#17202b';
	const [what, a = '', b = ''] = name.split(':');
	switch (what) {
		case 'hazard': {
			const colour = bandColours[theme][Math.min(5, Math.max(1, Number(b))) - 1] ?? ink;
			return draw(24, (c) => {
				disc(c, 9.5, paper, colour, 2.5);
				glyph(c, a, 6, 6, 12, ink);
			});
		}
		case 'closure':
			return draw(24, (c) => {
				disc(c, 10, night ? '#ff5a6e' : '#a3182f', paper, 1.5);
				c.fillStyle = paper;
				c.fillRect(6, 10, 12, 4);
			});
		case 'decision':
			return draw(24, (c) => {
				c.beginPath();
				c.moveTo(12, 3);
				c.lineTo(21, 12);
				c.lineTo(12, 21);
				c.lineTo(3, 12);
				c.closePath();
				c.fillStyle = paper;
				c.fill();
				c.lineWidth = 2;
				c.strokeStyle = ink;
				c.stroke();
				glyph(c, 'next', 7, 7, 10, ink, 2.2);
			});
		case 'haven':
			return draw(24, (c) => {
				disc(c, 7, night ? '#6fcb95' : '#1d6b3f', paper, 1.5);
				c.fillStyle = paper;
				c.fillRect(11, 8, 2, 8);
				c.fillRect(8, 11, 8, 2);
			});
		case 'binding':
		case 'post':
			return draw(28, (c) => {
				c.translate(2, 2);
				const on = what === 'post';
				disc(c, 11, on ? (night ? '#6db3f2' : '#0a5a9c') : paper, on ? paper : ink, 2);
				c.fillStyle = on ? paper : ink;
				c.font = '600 12px "Noto Sans"';
				c.textAlign = 'center';
				c.textBaseline = 'middle';
				c.fillText(a, 12, 12.5);
			});
		default:
			return null;
	}
}

// supply draws what the map misses.
export function supply(chart: Chart, theme: () => Theme): void {
	const known = new Set<string>();
	const add = (name: string): void => {
		const p = chart.hasImage(name) ? null : picture(name, theme());
		if (p) chart.addImage(name, p, { pixelRatio: ratio });
	};
	chart.on('styleimagemissing', (e) => {
		known.add(e.id);
		add(e.id);
	});
	// Another style begins without pictures, and does not always say that it misses
	// what was there before.
	chart.on('style.load', () => known.forEach(add));
}
