import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './markdown.ts';

/** A line of a page that cannot be run in a test. */
export interface Exception {
  line: RegExp;
  /** Why it is not run. */
  reason: string;
  /** What holds instead. @throws when it does not */
  check(line: string): void;
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

export const EXCEPTIONS: Exception[] = [
  {
    line: /^npm start\b/,
    reason: 'It runs until Ctrl-C. The other commands run on the system that it starts.',
    check: () => expectScript('start', 'infra/local/start.ts'),
  },
  {
    line: /^npm test\b/,
    reason: 'It runs this test.',
    check: () => expectScript('test', 'vitest'),
  },
  {
    line: /^npm run token -- /,
    reason: 'It needs the table of a deployed stack. Tests of the drop-in endpoint make tokens and revoke them.',
    check(line) {
      const command = expectScript('token', 'infra/commands/drop-in-tokens.ts').replace(/^node infra\/local\/launch\.js /, '');
      const { stderr } = spawnSync(process.execPath, [command], { cwd: root, encoding: 'utf8' });
      if (!stderr.split('\n').includes(line)) throw new Error(`The usage of the command does not have this line:\n${stderr}`);
    },
  },
  {
    line: /^npx cdk (bootstrap|deploy|diff|destroy)\b/,
    reason: 'It needs an AWS account. The rehearsal runs it in an emulated one.',
    check(line) {
      const [, verb = ''] = /^npx cdk (\w+)/.exec(line) ?? [];
      const rehearsal = readFileSync(join(root, 'test/deployment/emulated.test.ts'), 'utf8');
      if (!rehearsal.includes(`'${verb}'`)) throw new Error(`The rehearsal does not run cdk ${verb}.`);
    },
  },
  {
    line: /^npm run smoke -- /,
    reason: 'It needs a deployed stack. The rehearsal takes the same steps in an emulated one.',
    check: () => expectScript('smoke', 'infra/commands/smoke.ts'),
  },
  {
    line: /^aws (sts get-caller-identity|lambda get-account-settings)/,
    reason: 'It needs an AWS account, and changes nothing there.',
    check: () => undefined,
  },
  {
    line: /^aws secretsmanager put-secret-value --secret-id <TokenSecret> /,
    reason: 'It needs an AWS account.',
    check() {
      if (!readFileSync(join(root, 'infra/stack.ts'), 'utf8').includes(' TokenSecret: ')) throw new Error('There is no such output.');
    },
  },
];

/** @returns the script of package.json, which has to name this file */
function expectScript(name: string, file: string): string {
  const script = scripts[name] ?? '';
  if (!script.includes(file)) throw new Error(`npm run ${name} does not run ${file}.`);
  return script;
}

export function exceptionOf(line: string): Exception | undefined {
  return EXCEPTIONS.find((exception) => exception.line.test(line));
}
