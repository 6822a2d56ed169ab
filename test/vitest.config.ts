import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Take minutes: begun last, they would leave the other processor without work. */
const LONGEST = ['resilience/schedule/thousand-lives.test.ts', 'resilience/outage/recursive-loop.test.ts'];

/** Proofs that take minutes: every step of every scenario, random interleavings, whole outages. `.ci/run` runs them after the rest. */
const proofs = [
  'resilience/crash/**/*.test.ts',
  'resilience/faults/**/*.test.ts',
  'resilience/model/**/*.test.ts',
  'resilience/outage/**/*.test.ts',
  'job/interruptions.test.ts',
  ...LONGEST,
  'uploads/resume.test.ts',
  'uploads/thousand-texts.test.ts',
  'local/large-job.test.ts',
  'asmx/long-fuzz.test.ts',
  'customsend/long-mutated-answers.test.ts',
  'asmx/other-clients.test.ts',
  'pages/commands.test.ts',
  'callers/keys.test.ts',
  'callers/token-stack.test.ts',
  'commands/**/*.test.ts',
  'local/recovery.test.ts',
];

/** Deploys every stage to an emulated account, where Python is there to emulate one. */
const deployment = 'deployment/**/*.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => Number(LONGEST.some((name) => moduleId.endsWith(name)));
    return (await super.sort(files)).toSorted((one, other) => isLongest(other) - isLongest(one));
  }
}

// Files of a worker share what they import: the SDK, the CDK and the bundles of the functions, which would else take half the time.
const shared = { root: import.meta.dirname, isolate: false, testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // On two processors vitest takes one worker by itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, name: 'tests', include: ['**/*.test.ts'], exclude: [...proofs, deployment] } },
      { test: { ...shared, name: 'proofs', include: proofs } },
      { test: { ...shared, name: 'deployment', include: [deployment] } },
    ],
  },
});
