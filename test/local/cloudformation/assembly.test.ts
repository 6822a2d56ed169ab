import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { loadAssembly } from '../../../infra/local/cloudformation/assembly.ts';
import { PROVIDER } from '../../../infra/local/cloudformation/template.ts';
import { readSettings } from '../../../infra/local/settings.ts';

it('an unchanged stack is built once, whatever ports, provider and folders it runs with; other settings make another one', async () => {
  const EVENT_SOURCES = `test-${randomUUID()}`;
  const first = await loadAssembly(readSettings({ EVENT_SOURCES, PORT: '1', SANDBOX_PORT: '2', DATA_DIR: 'a' }));
  const [asset = ''] = first.assets.values();
  const made = join(dirname(asset), 'assembly.json');
  const { ino } = statSync(made);
  const second = await loadAssembly(
    readSettings({ EVENT_SOURCES, PORT: '3', SANDBOX_PORT: '4', STAGE_PATH: '/dev', PROVIDER_URL: 'http://127.0.0.1:5', DATA_DIR: 'b' }),
  );
  expect([second.assets.get([...first.assets.keys()][0] ?? ''), statSync(made).ino]).toEqual([asset, ino]);
  expect(existsSync(join(asset, 'index.cjs'))).toBe(true);
  expect(JSON.stringify((await loadAssembly(readSettings({}))).template)).not.toBe(JSON.stringify(first.template));
  expect(JSON.stringify(first.template)).toContain(PROVIDER);
}, 120_000);

it('what the stack refuses is said by the start', async () => {
  const settings = { ...readSettings({}), PHONES_PER_CALL: 0 };
  await expect(loadAssembly(settings)).rejects.toThrow(/^The stage local is not in order:\n {2}limits/);
}, 120_000);
