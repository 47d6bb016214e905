// What is on the phone: the points of a movement and the findings at them. A
// finding is deleted only after the server has said that it is on record and
// somebody clears the phone.
export interface Point {
	no: number;
	leg: string;
	odometer_km?: number;
	road: string;
	map_says: string;
	lat: number;
	lon: number;
	kind: string;
}

export interface Form {
	movement: string;
	name: string;
	loaded: string;
	rows: Point[];
}

export type State = 'waiting' | 'taken' | 'known' | 'conflict' | 'refused';

export interface Entry {
	id: string; // random, by which the server knows it again
	movement: string;
	no: number; // of the point
	state: State;
	finding: { kind: string; rating: number; lat: number; lon: number; note?: string; date: string; expiry: string };
	theirs?: { kind: string; rating: number; note?: string; surveyor?: string };
	detail?: string;
}

let db: Promise<IDBDatabase> | undefined;

function opened(): Promise<IDBDatabase> {
	db ??= new Promise((resolve, reject) => {
		const ask = indexedDB.open('outrider-survey', 1);
		ask.onupgradeneeded = () => {
			ask.result.createObjectStore('forms', { keyPath: 'movement' });
			ask.result.createObjectStore('entries', { keyPath: 'id' });
		};
		ask.onsuccess = () => resolve(ask.result);
		ask.onerror = () => reject(ask.error ?? new Error('no store'));
	});
	return db;
}

async function within<T>(store: 'forms' | 'entries', mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
	const d = await opened();
	return new Promise((resolve, reject) => {
		const t = d.transaction(store, mode, { durability: 'strict' });
		const r = act(t.objectStore(store));
		t.oncomplete = () => resolve(r.result);
		t.onerror = () => reject(t.error ?? new Error('not kept'));
		t.onabort = () => reject(t.error ?? new Error('not kept'));
	});
}

export const forms = (): Promise<Form[]> => within('forms', 'readonly', (s) => s.getAll() as IDBRequest<Form[]>);
export const entries = (): Promise<Entry[]> => within('entries', 'readonly', (s) => s.getAll() as IDBRequest<Entry[]>);
export const keepForm = (f: Form): Promise<IDBValidKey> => within('forms', 'readwrite', (s) => s.put(f));
export const keepEntry = (e: Entry): Promise<IDBValidKey> => within('entries', 'readwrite', (s) => s.put(e));

export async function clear(): Promise<void> {
	await within('forms', 'readwrite', (s) => s.clear());
	await within('entries', 'readwrite', (s) => s.clear());
}
