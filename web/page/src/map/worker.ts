// Tiles are taken apart beside the page, by MapLibre's own worker.
import 'maplibre-worker';
