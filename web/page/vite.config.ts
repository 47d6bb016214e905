import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
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

// All script together, compressed: more than this fails the build.
const mostScript = 400_000;

function weighed(): Plugin {
	return {
		name: 'weighed',
		apply: 'build',
		writeBundle(_, bundle) {
			let sum = 0;
			for (const c of Object.values(bundle)) {
				if (/\.m?js$/.test(c.fileName)) sum += gzipSync(c.type === 'chunk' ? c.code : c.source, { level: 9 }).length;
			}
			const said = `script: ${(sum / 1000).toFixed(1)} of at most ${mostScript / 1000} kB, compressed`;
			if (sum > mostScript) this.error(said);
			console.log(said);
		},
	};
}

const hash = (s: string): number => [...s].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, 7);

export default defineConfig({
	plugins: [svelte(), offline(), weighed()],
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
		reportCompressedSize: false,
		// Said in another way: all script together is weighed.
		chunkSizeWarningLimit: 2000,
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
