import './fonts.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { look } from './lib/theme.svelte';

look.begin();
const target = document.getElementById('page');
if (!target) throw new Error('the page has no place to be');
mount(App, { target });
