// Looks words up in the CMU pronouncing dictionary and prints, for each, the ways
// it is spoken, without stress, as JSON.
// usage: node sounds.mjs FOLDER-OF-PACKAGES WORD...
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const [folder, ...words] = process.argv.slice(2);
const { dictionary } = await import(pathToFileURL(path.join(folder, 'node_modules/cmu-pronouncing-dictionary/index.js')));
const found = {};
for (const word of words) {
    const ways = [word, ...[1, 2, 3].map((n) => `${word}(${n})`)].map((key) => dictionary[key]).filter(Boolean);
    if (ways.length) found[word] = ways.map((way) => way.replace(/[0-9]/g, '').split(' '));
}
console.log(JSON.stringify(found));
