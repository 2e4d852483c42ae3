// The documentation site: the pages of ../docs, which ./mitosis docs copies to pages/ beside this folder's copy.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const here = path.dirname(fileURLToPath(import.meta.url));
const pages = path.join(here, '..', 'pages');

const title = (file) => fs.readFileSync(path.join(pages, file), 'utf8').match(/^# (.*)$/m)[1];
const item = (file) => ({ text: title(file), link: '/' + file.replace(/\.md$/, '') });
const files = (folder) =>
  fs.readdirSync(path.join(pages, folder)).filter((name) => name.endsWith('.md') && name !== 'index.md').sort().map((name) => folder + '/' + name);

const parts = [
  ['Start', ['guide.md', 'reading-an-answer.md', 'commands.md', 'library.md', 'examples.md']],
  ['What is simulated', ['machines.md', 'workloads.md', 'policies.md', 'figures.md', 'parameters.md', 'caveats.md']],
  ['How to', ['counters.md', 'sampling.md', 'discovery.md', 'calibration.md', 'topology.md', 'trace-format.md']],
  ['Inside', ['architecture.md', 'ten-questions.md', 'adding.md', 'semantics-checklist.md', 'testing.md', 'research-foundations.md', 'dependencies.md']],
];
const listed = new Set(parts.flatMap(([, names]) => names));
const others = fs.readdirSync(pages).filter((name) => name.endsWith('.md') && name !== 'index.md' && !listed.has(name)).sort();

export default defineConfig({
  title: 'Mitosis',
  description: 'Where should page tables live on a NUMA machine?',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: 'pages',
  outDir: process.env.MITOSIS_SITE || 'dist',
  base: process.env.MITOSIS_SITE_BASE || '/',
  cacheDir: 'cache',
  cleanUrls: false,
  ignoreDeadLinks: false,
  markdown: { lineNumbers: false },
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide' },
      { text: 'Commands', link: '/commands' },
      { text: 'Caveats', link: '/caveats' },
    ],
    sidebar: [
      ...parts.map(([text, names]) => ({ text, items: names.filter((name) => fs.existsSync(path.join(pages, name))).map(item) })),
      ...(others.length ? [{ text: 'More', items: others.map(item) }] : []),
      { text: 'Measurements', collapsed: true, items: files('bench').map(item) },
      { text: 'Decisions', collapsed: true, items: [item('adr/index.md'), ...files('adr').map(item)] },
    ],
  },
});
