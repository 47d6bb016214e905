// Reads a calendar with ical.js and prints its events as JSON.
// usage: node ical.mjs FOLDER-OF-PACKAGES FILE
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import fs from 'node:fs';

const [folder, file] = process.argv.slice(2);
const { default: ICAL } = await import(pathToFileURL(path.join(folder, 'node_modules/ical.js/dist/ical.js')));
const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(file, 'utf8')));
const events = calendar.getAllSubcomponents('vevent').map((v) => {
    const e = new ICAL.Event(v);
    return {
        uid: e.uid, summary: e.summary, start: e.startDate.toJSDate().toISOString(), end: e.endDate.toJSDate().toISOString(),
        sequence: e.sequence, location: e.location, description: e.description, properties: v.getAllProperties().map((p) => p.name),
    };
});
console.log(JSON.stringify({ version: calendar.getFirstPropertyValue('version'), method: calendar.getFirstPropertyValue('method'), events }));
