import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { loadAssembly } from '../../../infra/local/cloudformation/assembly.ts';
import { SANDBOX } from '../../../infra/local/cloudformation/template.ts';
import { readSettings } from '../../../infra/local/settings.ts';

it('an unchanged stack is built once, whatever ports and folders it runs on; other settings make another one', async () => {
  const EVENT_SOURCES = `test-${randomUUID()}`;
  const first = await loadAssembly(readSettings({ EVENT_SOURCES, PORT: '1', SANDBOX_PORT: '2', DATA_DIR: 'a' }));
  const [asset = ''] = first.assets.values();
  const made = join(dirname(asset), 'assembly.json');
  const { ino } = statSync(made);
  const second = await loadAssembly(readSettings({ EVENT_SOURCES, PORT: '3', SANDBOX_PORT: '4', STAGE_PATH: '/dev', DATA_DIR: 'b' }));
  expect([second.assets.get([...first.assets.keys()][0] ?? ''), statSync(made).ino]).toEqual([asset, ino]);
  expect(existsSync(join(asset, 'index.cjs'))).toBe(true);
  expect(JSON.stringify((await loadAssembly(readSettings({}))).template)).not.toBe(JSON.stringify(first.template));
  expect(JSON.stringify(first.template)).toContain(`${SANDBOX}/Services.asmx`);
}, 120_000);

it('what the stack refuses is said by the start', async () => {
  const settings = { ...readSettings({}), PROVIDER_URL: 'http://provider.example/Services.asmx' };
  await expect(loadAssembly(settings)).rejects.toThrow(/^The stage local is outside production and calls a real provider/);
}, 120_000);
