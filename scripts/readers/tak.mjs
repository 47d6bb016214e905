// Reads a TAK data package with node-cot and prints what it found as JSON.
// usage: node tak.mjs FOLDER-OF-PACKAGES FILE
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(folder, 'node_modules', name)));
const { DataPackage, CoTParser } = await load('@tak-ps/node-cot/dist/index.js');

const pkg = await DataPackage.parse(file, { strict: true, cleanup: false });
const cots = await pkg.cots();
const features = [];
for (const cot of cots) {
    const feature = await CoTParser.to_geojson(cot);
    features.push({ uid: cot.uid(), type: cot.type(), raw: cot.raw.event._attributes, feature, routeinfo: !!cot.raw.event.detail.__routeinfo, link_attr: cot.raw.event.detail.link_attr?._attributes });
}
console.log(JSON.stringify({ version: pkg.version, settings: pkg.settings, contents: pkg.contents.length, features }));
await pkg.destroy();
