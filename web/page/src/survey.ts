import './fonts.css';
import { mount } from 'svelte';
import './app.css';
import { look } from './lib/theme.svelte';
import Survey from './survey/Survey.svelte';

look.begin();
const target = document.getElementById('page');
if (!target) throw new Error('the page has no place to be');
mount(Survey, { target });
if ('serviceWorker' in navigator && import.meta.env.PROD) void navigator.serviceWorker.register('offline.js');
