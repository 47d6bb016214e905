import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const maplibre = resolve(import.meta.dirname, 'node_modules/maplibre-gl');

// The survey page works without a network: its service worker keeps the files of
// the page, whose names are known when all is bundled.
function offline(): Plugin {
	return {
		name: 'offline',
		apply: 'build',
		generateBundle(_, bundle) {
			const files = new Set(['survey.html']);
			const chunks = Object.values(bundle);
			const add = (name: string): void => {
				if (files.has(name)) return;
				files.add(name);
				const c = bundle[name];
				if (c?.type !== 'chunk') return;
				c.imports.forEach(add);
				c.viteMetadata?.importedCss.forEach(add);
			};
			for (const c of chunks) if (c.type === 'chunk' && c.isEntry && c.name === 'survey') add(c.fileName);
			for (const c of chunks) if (c.type === 'asset' && /noto-sans-latin-(400|600)-normal.*\.woff2$/.test(c.fileName)) files.add(c.fileName);
			const list = [...files].sort();
			const source = readFileSync('src/survey/offline.js', 'utf8').replace('__FILES__', JSON.stringify(list)).replace('__STATE__', JSON.stringify(String(hash(list.join()))));
			this.emitFile({ type: 'asset', fileName: 'offline.js', source });
		},
	};
}

const hash = (s: string): number => [...s].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, 7);

export default defineConfig({
	plugins: [svelte(), offline()],
	// Relative addresses, so that the page works behind any path.
	base: './',
	// MapLibre's sources count on fields that are declared only not being set.
	oxc: { typescript: { removeClassFieldsWithoutInitializer: true }, assumptions: { setPublicClassFields: true } },
	resolve: {
		alias: [
			// MapLibre is bundled from its sources, so that the page and its worker share
			// one copy of what both need: as published they are two copies, 430 kB of gzip.
			{ find: /^maplibre-gl$/, replacement: `${maplibre}/src/index.ts` },
			{ find: /^maplibre-worker$/, replacement: `${maplibre}/src/source/worker.ts` },
		],
	},
	build: {
		outDir: '../dist',
		emptyOutDir: true,
		assetsInlineLimit: 0,
		target: 'es2022',
		modulePreload: { polyfill: false },
		reportCompressedSize: true,
		rollupOptions: {
			input: { index: 'index.html', survey: 'survey.html', 'map-worker': 'src/map/worker.ts' },
			output: {
				// The worker has a name that never changes, and so none of the names that are
				// kept for ever.
				entryFileNames: (c) => (c.name === 'map-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
			},
		},
	},
	server: { proxy: { '/api': 'http://localhost:8420' } },
	test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
