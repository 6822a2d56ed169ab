import { randomUUID } from 'node:crypto';
import { runFaults } from '../resilience/faults/run.ts';
import { isClean, tableOf } from '../resilience/faults/verdict.ts';

/**
 * `npm run bench -- faults [seed] [jobs]`: sends 10,000 recipients a job (10 jobs unless said otherwise), 50 in a call, through the queue, and 200 one by one, with
 * every fault of the sandbox mixed in, dispatch messages that come twice, late or never, and workers that die. Ends with 1 when a recipient was
 * sent to twice, a batch was lost, or one was reported wrong.
 */
const [seed = randomUUID().slice(0, 8), jobs = '10'] = process.argv.slice(2);
console.log(`Seed ${seed}; to repeat it: npm run bench -- faults ${seed} ${jobs}`);
const size = { jobs: Number(jobs), batchesPerJob: 200, phonesPerCall: 50, singles: 200 * Number(jobs) };
const result = await runFaults({
  seed,
  ...size,
  speed: 10,
  workers: 3,
  lifeMs: 10_000,
  share: 0.25,
  longestMs: 30 * 60_000,
  show: console.log,
});

console.log(`\n${tableOf(result.rows)}\n`);
const { recipients, calls, deaths, wallMs, wrongJobs, sweepFailures } = result;
console.log(`${recipients} recipients, ${calls} calls, ${deaths} workers died, ${(wallMs / 1000).toFixed(0)} s`);
const clean = result.rows.every(isClean) && wrongJobs === 0 && sweepFailures === 0;
console.log(
  clean
    ? 'No recipient twice, none lost, none reported wrong.'
    : `FAILED: jobs reported wrong ${wrongJobs}, sweeps failed ${sweepFailures}`,
);
process.exit(clean ? 0 : 1);
