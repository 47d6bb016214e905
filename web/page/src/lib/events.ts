// What happens on the server, as it happens. One stream for the whole page.
export interface Happening {
	topic: 'job' | 'movement' | 'findings' | 'reload';
	what: string;
	id?: string;
	movement?: string;
	done?: number;
	total?: number;
}

type Hear = (h: Happening) => void;

const ears = new Set<Hear>();
let source: EventSource | undefined;

function open(): void {
	if (source && source.readyState !== EventSource.CLOSED) return;
	source = new EventSource('/api/events');
	for (const topic of ['job', 'movement', 'findings', 'reload'] as const) {
		source.addEventListener(topic, (e) => {
			const h = { ...(JSON.parse((e as MessageEvent<string>).data) as Happening), topic };
			for (const hear of ears) hear(h);
		});
	}
}

// listen calls back for everything that happens, until the returned function is
// called.
export function listen(hear: Hear): () => void {
	ears.add(hear);
	open();
	return () => {
		ears.delete(hear);
		if (ears.size === 0) {
			source?.close();
			source = undefined;
		}
	};
}
