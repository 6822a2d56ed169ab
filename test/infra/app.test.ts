import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'sms-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the app writes all stages without an account, and AwsSolutions finds nothing that is not acknowledged with a reason', () => {
  // No credentials, no region, no home: what it writes can come from the repository alone. A finding ends the process with 1.
  execFileSync(process.execPath, ['infra/app.ts'], { cwd: root, env: { CDK_OUTDIR: folder }, stdio: 'pipe' });
  const manifest: { artifacts: Record<string, { type: string }> } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  expect(stacks.map(([name]) => name).toSorted()).toEqual(['sms-cn', 'sms-dev', 'sms-prod']);
}, 120_000);
