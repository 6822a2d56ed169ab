import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as stages from '../../infra/stages.ts';
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
    line: /^npm run (?:token|key) -- /,
    reason: 'It needs the table of a deployed stack. Other tests make tokens and keys, and revoke them.',
    check(line) {
      const name = /^npm run (\w+)/.exec(line)?.[1] ?? '';
      const command = expectScript(name, 'infra/commands/').replace(/^node infra\/local\/launch\.js /, '');
      const { stderr } = spawnSync(process.execPath, [command], { cwd: root, encoding: 'utf8' });
      const act = /^npm run \w+ -- \w+/.exec(line)?.[0] ?? line;
      const usage = stderr.split('\n').find((shown) => shown.startsWith(`${act} `)) ?? '';
      const options = line.match(/--\w+/g) ?? [];
      if (usage === '' || !options.every((option) => usage.includes(option))) throw new Error(`The command is used otherwise:\n${stderr}`);
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
    line: /^npm run probe -- /,
    reason: 'It needs a deployed stack. A test of its own runs it on a local one.',
    check(line) {
      const command = expectScript('probe', 'infra/commands/probe.ts').replace(/^node infra\/local\/launch\.js /, '');
      const { stderr } = spawnSync(process.execPath, [command], { cwd: root, encoding: 'utf8' });
      const unknown = (line.match(/--\w+/g) ?? []).filter((option) => !stderr.includes(option));
      if (unknown.length > 0) throw new Error(`The command is used otherwise:\n${stderr}`);
      expectOutput('ApiUrl');
    },
  },
  {
    line: /^aws (sts get-caller-identity|lambda get-account-settings)/,
    reason: 'It needs an AWS account, and changes nothing there.',
    check: () => undefined,
  },
  {
    line: /^npm run smoke -- --url <ApiUrl>$/,
    reason: 'It takes minutes. The rehearsal of a deployment runs it.',
    check() {
      expectScript('smoke', 'infra/commands/smoke.ts');
      expectOutput('ApiUrl');
    },
  },
  {
    line: /^npx cdk /,
    reason: 'It needs an AWS account. The rehearsal of a deployment runs such commands on an emulated one.',
    check(line) {
      const [, command = '', target = ''] = /^npx cdk (\w+) ?(\S*)$/.exec(line) ?? [];
      if (command === 'bootstrap' && (target === '' || target.startsWith('aws://'))) return;
      if (!['deploy', 'diff', 'destroy'].includes(command)) throw new Error(`cdk ${command} is not known here.`);
      if (!Object.values(stages).some(({ name }) => target === `sms-${name}`)) throw new Error(`There is no stack ${target}.`);
    },
  },
  {
    line: /^aws (?:sts|lambda|secretsmanager) /,
    reason: 'It needs an AWS account. The AWS CLI, where it is there, is asked whether it knows the command and its options.',
    check(line) {
      for (const [, output = ''] of line.matchAll(/<([A-Z]\w+)>/g)) expectOutput(output);
      const [command = '', ...args] = [...line.replaceAll(/<\w+>/g, 'x').split(' '), '--generate-cli-skeleton'];
      const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
      if (!error && status !== 0) throw new Error(stderr);
    },
  },
];

function expectOutput(name: string): void {
  if (!readFileSync(join(root, 'infra/stack.ts'), 'utf8').includes(` ${name}: [`)) throw new Error(`The stack has no output ${name}.`);
}

/** @returns the script of package.json, which has to name this file */
function expectScript(name: string, file: string): string {
  const script = scripts[name] ?? '';
  if (!script.includes(file)) throw new Error(`npm run ${name} does not run ${file}.`);
  return script;
}

export function exceptionOf(line: string): Exception | undefined {
  return EXCEPTIONS.find((exception) => exception.line.test(line));
}
