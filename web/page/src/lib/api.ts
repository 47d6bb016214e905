// The API as the page uses it. Types follow /openapi.json; nothing here keeps
// state.

export interface Session {
	state: 'first-run' | 'signed-out' | 'signed-in';
	account?: string;
	callSign?: string;
	unit?: string;
	roles?: string[];
	held?: { role: string; on: string; until?: string }[];
	freshUntil?: string;
	idleMinutes?: number;
}

export interface MapInfo {
	id: string;
	name: string;
	dataDate: string;
	stale: boolean;
	box: [number, number, number, number]; // west, south, east, north
	bytes: number;
	attribution: string;
}

export interface Found {
	id: string;
	name: string;
	kind: string;
	lat: number;
	lon: number;
}

export interface Job {
	id: string;
	kind: 'map-build' | 'plan';
	state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
	phase?: string;
	done: number;
	total: number;
	result?: string;
	fault?: string;
}

export interface Problem {
	type?: string;
	status: number;
	title: string;
	detail?: string;
	where?: string;
	remedy?: string;
}

// Refusal is an answer that is none: what the server had against it.
export class Refusal extends Error {
	constructor(
		readonly problem: Problem,
		readonly etag = '',
	) {
		super(problem.detail ?? problem.title);
		this.name = 'Refusal';
	}
	get status(): number {
		return this.problem.status;
	}
}

export interface Answer<T> {
	body: T;
	etag: string;
}

interface Options {
	method?: string;
	body?: unknown;
	raw?: Blob;
	etag?: string;
	once?: string; // Idempotency-Key: the same request may be sent again
	signal?: AbortSignal;
}

async function problemOf(response: Response): Promise<Problem> {
	try {
		const p = (await response.json()) as Partial<Problem>;
		return { ...p, status: response.status, title: p.title ?? response.statusText };
	} catch {
		return { status: response.status, title: response.statusText };
	}
}

// What is told when the server says that nobody is signed in any more.
let signedOut: () => void = () => {};
export function onSignedOut(tell: () => void): void {
	signedOut = tell;
}

export async function ask(path: string, o: Options = {}): Promise<Response> {
	const headers: Record<string, string> = { Accept: 'application/json, */*' };
	if (o.body !== undefined) headers['Content-Type'] = 'application/json';
	if (o.etag) headers['If-Match'] = o.etag;
	if (o.once) headers['Idempotency-Key'] = o.once;
	const init: RequestInit = { method: o.method ?? 'GET', headers, credentials: 'same-origin' };
	if (o.signal) init.signal = o.signal;
	if (o.raw) {
		init.body = o.raw;
		headers['Content-Type'] = 'application/octet-stream';
	} else if (o.body !== undefined) init.body = JSON.stringify(o.body);
	let response: Response;
	try {
		response = await fetch(path, init);
	} catch (cause) {
		if (o.signal?.aborted) throw cause;
		throw new Refusal({ status: 0, title: 'offline' });
	}
	if (!response.ok) {
		if (response.status === 401) signedOut();
		throw new Refusal(await problemOf(response), response.headers.get('ETag') ?? '');
	}
	return response;
}

export async function send<T>(path: string, o: Options = {}): Promise<Answer<T>> {
	const response = await ask(path, o);
	const text = await response.text();
	return { body: (text === '' ? undefined : JSON.parse(text)) as T, etag: response.headers.get('ETag') ?? '' };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
	return (await send<T>(path, signal ? { signal } : {})).body;
}

export async function post<T>(path: string, body: unknown = {}, o: Options = {}): Promise<T> {
	return (await send<T>(path, { ...o, method: 'POST', body })).body;
}

interface Part<T> {
	items: T[];
	next?: string;
}

// all reads a list to its end.
export async function all<T>(path: string): Promise<T[]> {
	const out: T[] = [];
	for (let after = ''; ; ) {
		const part = await get<Part<T>>(`${path}${path.includes('?') ? '&' : '?'}limit=100${after && `&after=${encodeURIComponent(after)}`}`);
		out.push(...part.items);
		if (!part.next) return out;
		after = part.next;
	}
}

// once returns a key under which a request is carried out at most once.
export function once(): string {
	return crypto.randomUUID();
}

// keep hands a file to the browser to be saved, under the name that it came with.
export async function keep(response: Response, fallback: string): Promise<string> {
	const said = /filename="?([^";]+)"?/.exec(response.headers.get('Content-Disposition') ?? '');
	const name = said?.[1] ?? fallback;
	const link = document.createElement('a');
	link.href = URL.createObjectURL(await response.blob());
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
	return name;
}
