// Where in the page one is: the part of the address after #.
export type Place =
	| { at: 'home' }
	| { at: 'people' }
	| { at: 'new'; map: string; unit: string }
	| { at: 'movement'; id: string; panel: Panel };

export const panels = ['movement', 'route', 'mix', 'table', 'approval', 'out'] as const;
export type Panel = (typeof panels)[number];

function read(hash: string): Place {
	const [head = '', id = '', rest = ''] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
	if (head === 'people') return { at: 'people' };
	if (head === 'new' && id) return { at: 'new', map: id, unit: rest };
	if (head === 'm' && id) return { at: 'movement', id, panel: panels.find((p) => p === rest) ?? 'movement' };
	return { at: 'home' };
}

const write = (p: Place): string => {
	switch (p.at) {
		case 'home':
			return '#/';
		case 'people':
			return '#/people';
		case 'new':
			return `#/new/${p.map}/${encodeURIComponent(p.unit)}`;
		case 'movement':
			return `#/m/${p.id}/${p.panel}`;
	}
};

class Whereabouts {
	place = $state<Place>(read(location.hash));
	constructor() {
		addEventListener('hashchange', () => (this.place = read(location.hash)));
	}
	go(p: Place, instead = false): void {
		const hash = write(p);
		if (instead) {
			history.replaceState(null, '', hash);
			this.place = p;
		} else if (location.hash !== hash) location.hash = hash;
	}
}

export const whereabouts = new Whereabouts();
