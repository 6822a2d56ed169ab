import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Deliveries } from '../event-bridge/deliveries.ts';
import type { Collection, State } from '../saved-state.ts';
import { ClientTokens } from './client-tokens.ts';
import { arnOf, deliveryOf, firstTime, keyOf, maxAge, type Schedule, timeAfter } from './schedule.ts';
import { readGroup, readList, readName, readSchedule, type ScheduleRequest } from './schedule-request.ts';

interface Group {
  Name: string;
  Arn: string;
  State: 'ACTIVE';
  CreationDate: number;
  LastModificationDate: number;
}

/** The schedules of one machine: what the operations do to them, and their firing. */
export class Schedules {
  readonly #state: State;
  readonly #schedules: Collection<Schedule>;
  readonly #groups: Collection<Group>;
  readonly #clientTokens: ClientTokens;
  readonly #deliveries: Deliveries;
  readonly #now: () => number;

  /** @param groups that are there from the start, beside `default` */
  constructor(state: State, deliveries: Deliveries, now: () => number, groups: readonly string[]) {
    this.#state = state;
    this.#schedules = state.collection('schedules');
    this.#groups = state.collection('groups');
    this.#clientTokens = new ClientTokens(state, now);
    this.#deliveries = deliveries;
    this.#now = now;
    for (const Name of ['default', ...groups]) if (!this.#groups.get(Name)) this.#addGroup(Name);
  }

  create(given: object): object {
    const { ClientToken, ...request } = readSchedule(given);
    return this.#clientTokens.once(ClientToken, ['create', request], () => {
      this.#groupOf(request.GroupName);
      const key = keyOf(request);
      if (this.#schedules.get(key)) throw new ServiceError('ConflictException', `Schedule ${request.Name} already exists.`, 409);
      return this.#put(request, this.#now() / 1000);
    });
  }

  update(given: object): object {
    const { ClientToken, ...request } = readSchedule(given);
    return this.#clientTokens.once(ClientToken, ['update', request], () => this.#put(request, this.#find(request).CreationDate));
  }

  delete(given: object): object {
    const { ClientToken, ...named } = readName(given);
    return this.#clientTokens.once(ClientToken, ['delete', named], () => {
      this.#find(named);
      this.#schedules.delete(keyOf(named));
      return {};
    });
  }

  get(given: object): object {
    const { next, ...schedule } = this.#find(readName(given));
    return schedule;
  }

  list(given: object): object {
    const { GroupName, NamePrefix = '', State, MaxResults, NextToken = '' } = readList(given);
    if (GroupName !== undefined) this.#groupOf(GroupName);
    const all = this.#schedules.values().toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    const found = all.filter(
      (one) =>
        keyOf(one) > NextToken &&
        one.Name.startsWith(NamePrefix) &&
        (GroupName === undefined || one.GroupName === GroupName) &&
        (State === undefined || one.State === State),
    );
    const page = found.slice(0, MaxResults);
    const Schedules = page.map(({ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target }) => {
      return { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: Target.Arn } };
    });
    const last = page.at(-1);
    return { Schedules, ...(found.length > page.length && last && { NextToken: keyOf(last) }) };
  }

  createGroup(given: object): object {
    const { Name, ClientToken } = readGroup(given);
    return this.#clientTokens.once(ClientToken, ['group', Name], () => {
      if (this.#groups.get(Name)) throw new ServiceError('ConflictException', `Schedule group ${Name} already exists.`, 409);
      return { ScheduleGroupArn: this.#addGroup(Name).Arn };
    });
  }

  getGroup(given: object): object {
    return this.#groupOf(readGroup(given).Name);
  }

  /** When a schedule fires next. */
  next(): number | undefined {
    const times = this.#schedules.values().flatMap(({ next }) => (next === undefined ? [] : [next]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Fires what is due: what is fired is under way to its target, and its schedule has gone on, in one step. */
  run(): void {
    const now = this.#now();
    for (const schedule of this.#schedules.values()) {
      const { next } = schedule;
      if (next !== undefined && next <= now) this.#state.atomically(() => this.#fire(schedule, next));
    }
  }

  #fire(schedule: Schedule, scheduled: number): void {
    this.#deliveries.add(deliveryOf(schedule, scheduled));
    // Where this machine slept, occurrences that are too old by now are left out, as many as they are.
    const next = timeAfter(schedule, Math.max(scheduled, this.#now() - maxAge(schedule)));
    if (next === undefined && schedule.ActionAfterCompletion === 'DELETE') this.#schedules.delete(keyOf(schedule));
    else this.#schedules.set(keyOf(schedule), { ...schedule, next });
  }

  #put(request: Omit<ScheduleRequest, 'ClientToken'>, CreationDate: number): object {
    const now = this.#now();
    const schedule: Schedule = { ...request, Arn: arnOf('schedule', keyOf(request)), CreationDate, LastModificationDate: now / 1000 };
    this.#schedules.set(keyOf(schedule), { ...schedule, next: firstTime(schedule, now) });
    return { ScheduleArn: schedule.Arn };
  }

  #find(named: { Name: string; GroupName: string }): Schedule {
    const schedule = this.#schedules.get(keyOf(named));
    if (!schedule) throw new ServiceError('ResourceNotFoundException', `Schedule ${named.Name} does not exist.`, 404);
    return schedule;
  }

  #groupOf(name: string): Group {
    const group = this.#groups.get(name);
    if (!group) throw new ServiceError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
    return group;
  }

  #addGroup(Name: string): Group {
    const now = this.#now() / 1000;
    const group: Group = { Name, Arn: arnOf('schedule-group', Name), State: 'ACTIVE', CreationDate: now, LastModificationDate: now };
    this.#groups.set(Name, group);
    return group;
  }
}
