import { expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../functions/shared/problem/problem.ts';
import { stackOfFile } from '../support/stack.ts';

const { api, system } = stackOfFile({ STAGE_PATH: '/dev' });

const resolved = (reference: string | null | undefined) => new URL(reference ?? '', `${system().api}/`).href;

it('every address that an answer gives has the stage, and leads somewhere', async () => {
  const sent = await api.send({ pattern: 'hi', recipients: ['13800138000'] });
  const job = sent.as('Job');
  expect(sent.headers.get('location')).toBe(`/dev/v1/jobs/${job.jobId}`);
  for (const link of [sent.headers.get('location'), ...Object.values(job.links)]) expect((await fetch(resolved(link))).status).toBe(200);
  const asked = await api.post(`/v1/jobs/${job.jobId}/export`, '');
  expect((await fetch(resolved(asked.headers.get('location')), { redirect: 'manual' })).status).toBeLessThan(400);
  const { servers } = JSON.parse((await api.get('/openapi.json')).text) as { servers: { url: string }[] };
  expect(servers).toEqual([{ url: system().api }]);
});

it('the type of each problem leads to its section', async () => {
  const { type } = (await api.get('/v1/jobs/x')).problem('not-found');
  expect(type).toBe(`${system().api}/docs/problems#not-found`);
  const page = await (await fetch(type)).text();
  for (const code of Object.keys(PROBLEM_TYPES)) expect(page, code).toContain(`<h2 id="${code}">`);
});

it('the documentation has every page, and its links lead from one to the other', async () => {
  const index = await api.get('/docs');
  expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const linksOf = (html: string) =>
    Array.from(html.matchAll(/href="([^"#]+)/g), ([, href = '']) => href).filter((href) => href.startsWith('/'));
  const pages = linksOf(index.text);
  expect(pages.length).toBeGreaterThan(8);
  const links = new Set(pages);
  for (const page of pages) for (const link of linksOf(await (await fetch(resolved(page))).text())) links.add(link);
  for (const link of links) {
    expect(link).toMatch(/^\/dev\//);
    expect((await fetch(resolved(link))).status, link).toBe(200);
  }
  expect((await api.get('/docs/reference')).text).toContain('id="settleJob"');
  (await api.get('/docs/nothing')).problem('not-found');
});

it('a path outside of the stage is not the API', async () => {
  expect((await fetch(new URL('/v1/jobs', system().api))).status).toBe(403);
});
