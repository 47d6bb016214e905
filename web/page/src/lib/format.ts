// How figures, times and kinds are written.

export const km = (metres: number, digits = 1): string => `${(metres / 1000).toFixed(digits)} km`;

export function span(seconds: number): string {
	const min = Math.round(Math.abs(seconds) / 60);
	const sign = seconds < 0 ? '−' : '';
	return min < 60 ? `${sign}${min} min` : `${sign}${Math.floor(min / 60)} h ${String(min % 60).padStart(2, '0')}`;
}

export const percent = (x: number): string => `${(100 * x).toFixed(x > 0 && x < 0.1 ? 1 : 0)} %`;

export const ratio = (x: number): string => x.toFixed(2);

// clock writes the time of day as the document has it: times carry the offset of
// the movement's zone, which need not be that of the browser.
export const clock = (iso: string): string => iso.slice(11, 16);

export const day = (iso: string): string => iso.slice(0, 10);

export const stamp = (iso: string): string => `${day(iso)} ${clock(iso)}`;

// local writes a moment in the zone of the browser.
export function local(iso: string): string {
	const d = new Date(iso);
	const two = (n: number) => String(n).padStart(2, '0');
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

export const kind = (k: string): string => {
	const words = k.replaceAll('_', ' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
};

// sentence makes one of what a program says: causes and remedies come without
// capital and full stop.
export const sentence = (s: string): string => {
	const t = s.trim();
	return t === '' ? '' : `${t.charAt(0).toUpperCase()}${t.slice(1)}${/[.!?…:]$/.test(t) ? '' : '.'}`;
};

// apart writes two ratios with as many places as it takes to tell them apart,
// three at most.
export const apart = (a: number, b: number): [string, string] => {
	const places = a.toFixed(2) === b.toFixed(2) ? 3 : 2;
	return [a.toFixed(places), b.toFixed(places)];
};

export const position = (lat: number, lon: number): string => `${lat.toFixed(5)},${lon.toFixed(5)}`;

export const megabytes = (n: number): string => `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;

// daysSince returns whole days from a moment to now.
export const daysSince = (iso: string, now = Date.now()): number => Math.max(0, Math.floor((now - Date.parse(iso)) / 86_400_000));
