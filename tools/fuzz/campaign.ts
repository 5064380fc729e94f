import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { type CallSchema, CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { FuzzedDaemon, LEAVING_CALL } from './host/fuzzed-daemon.js';
import type { HostPaths } from './host/paths.js';
import { growth, type HostState, hostState } from './host/state.js';
import { RAW_TARGETS, rawBytes, type RawRequest, type RawTarget } from './requests/raw-bytes.js';
import { type FuzzRequest, requestsFor } from './requests/requests.js';
import { SchemaArbitraries } from './requests/schema-arbitrary.js';
import { hostVocabulary } from './requests/vocabulary.js';

/** What is asked of a campaign; it goes to the host as JSON. */
export interface CampaignOptions {
  /** The same seed makes the same requests to each call, whichever other calls there are. */
  readonly seed: number;
  /** For all calls together. */
  readonly milliseconds: number;
  /** All, if there are none. */
  readonly calls: readonly string[];
  /** fast-check's way to one request, for one call. */
  readonly path?: string | undefined;
}

/** A property that did not hold. */
export interface Finding {
  readonly call: string;
  readonly what: string;
  /** The smallest request that was found; none for what was seen at the end. */
  readonly request?: FuzzRequest | RawRequest | undefined;
  readonly path?: string | undefined;
}

/** Counts of requests by wire, and by outcome: "done", "invalid-params", "HTTP 404", … */
export interface CampaignReport {
  readonly requests: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly changes: Readonly<Record<string, number>>;
  /** Calls of which a request was carried out. */
  readonly succeeded: readonly string[];
  readonly before: Figures;
  readonly after: Figures;
  readonly findings: readonly Finding[];
}

interface Settings {
  readonly seed: number;
  readonly budgetMs: number;
  readonly path: string | undefined;
}

type Figures = Pick<HostState, 'descriptors' | 'residentMiB'>;

/** Requests that make the daemon load what it loads only when it is needed. */
const WARMING_MS = 1_000;
const WARMING_CALL = 'instance_info';
/** What is not found by one request. */
const AT_THE_END = '(at the end)';
/** What was killed may take a moment to be gone. */
const SETTLING = { attempts: 50, pauseMs: 200 };

/** Fuzzes the daemon of this host. */
export class Campaign {
  readonly #daemon: FuzzedDaemon;
  readonly #paths: HostPaths;
  readonly #schemas = CallSchemas.load();
  readonly #arbitraries: SchemaArbitraries;
  readonly #tallies = { requests: new Tally(), outcomes: new Tally(), changes: new Tally() };
  readonly #succeeded = new Set<string>();
  readonly #say: (line: string) => void;
  #last: { readonly request: FuzzRequest | RawRequest; readonly done: Promise<void> } | undefined;

  constructor(paths: HostPaths, say: (line: string) => void) {
    this.#paths = paths;
    this.#say = say;
    this.#daemon = new FuzzedDaemon(paths, this.#schemas);
    this.#arbitraries = new SchemaArbitraries({
      objects: this.#schemas.objects,
      vocabulary: hostVocabulary(paths),
    });
  }

  async run({ seed, milliseconds, calls, path }: CampaignOptions): Promise<CampaignReport> {
    const chosen = this.#chosen(calls);
    const raw = RAW_TARGETS.filter((name) => calls.length === 0 || calls.includes(name));
    const budgetMs = milliseconds / (chosen.length + raw.length);
    const settings = (name: string) => ({ seed: seedOf(seed, name), budgetMs, path });
    await this.#daemon.start();
    await this.#warmUp(seed);
    const before = await this.#state();
    const findings: Finding[] = [];
    for (const call of chosen.filter(({ name }) => name !== LEAVING_CALL))
      findings.push(...(await this.#fuzzCall(call, settings(call.name))));
    if (raw.includes('raw-http'))
      findings.push(...(await this.#fuzzRaw('raw-http', settings('raw-http'))));
    const [after, leaks] = await this.#leaks(before);
    findings.push(...leaks);
    if (raw.includes('raw-tls')) findings.push(...(await this.#fuzzTls(settings('raw-tls'))));
    // It ends the daemon, and one that has just begun holds on to nothing.
    for (const call of chosen.filter(({ name }) => name === LEAVING_CALL))
      findings.push(...(await this.#fuzzCall(call, settings(call.name))));
    await this.#daemon.stop();
    return this.#report(before, after, findings);
  }

  /** By a daemon of its own that speaks TLS. */
  async #fuzzTls(settings: Settings): Promise<Finding[]> {
    await this.#daemon.restart({ hasSsl: true });
    await this.#fuzzRaw('raw-tls', { ...settings, budgetMs: WARMING_MS });
    const before = await this.#state();
    const findings = await this.#fuzzRaw('raw-tls', settings);
    const [, leaks] = await this.#leaks(before);
    await this.#daemon.restart({ hasSsl: false });
    return [...findings, ...leaks];
  }

  #chosen(names: readonly string[]): CallSchema[] {
    const all = this.#schemas.names();
    const chosen = names.length === 0 ? all : all.filter((name) => names.includes(name));
    return chosen.map((name) => this.#schema(name));
  }

  #schema(name: string): CallSchema {
    const schema = this.#schemas.get(name);
    if (schema === undefined) throw new Error(`There is no call ${name}`);
    return schema;
  }

  async #warmUp(seed: number): Promise<void> {
    const settings = { seed, budgetMs: WARMING_MS, path: undefined };
    await this.#fuzzCall(this.#schema(WARMING_CALL), settings);
    await this.#fuzzRaw('raw-http', settings);
    for (const tally of Object.values(this.#tallies)) tally.clear();
    this.#succeeded.clear();
  }

  #fuzzCall(call: CallSchema, settings: Settings): Promise<Finding[]> {
    const requests = requestsFor(call, this.#arbitraries);
    return this.#fuzz(call.name, requests, (request) => this.#tryOne(call, request), settings);
  }

  #fuzzRaw(target: RawTarget, settings: Settings): Promise<Finding[]> {
    return this.#fuzz(target, rawBytes(target), (request) => this.#tryRaw(request), settings);
  }

  async #fuzz<R extends FuzzRequest | RawRequest>(
    name: string,
    requests: fc.Arbitrary<R>,
    tryOne: (request: R) => Promise<void>,
    { seed, budgetMs, path }: Settings,
  ): Promise<Finding[]> {
    const property = fc.asyncProperty(requests, async (request) => {
      const done = tryOne(request);
      this.#last = { request, done };
      await done;
    });
    const details = await fc.check(property, {
      seed,
      interruptAfterTimeLimit: budgetMs,
      ...(path === undefined ? { numRuns: Number.MAX_SAFE_INTEGER } : { numRuns: 1, path }),
    });
    const late = await this.#endOfLast(name);
    const found = details.failed && details.counterexample !== null;
    this.#say(`${name}: ${found ? textOf(details.errorInstance) : (late[0]?.what ?? 'holds')}`);
    if (!found) return late;
    const { counterexample, counterexamplePath, errorInstance } = details;
    const what = textOf(errorInstance);
    return [{ call: name, what, request: counterexample[0], path: counterexamplePath }];
  }

  /** fast-check does not wait for the request during which its time was over. */
  async #endOfLast(call: string): Promise<Finding[]> {
    try {
      await this.#last?.done;
      return [];
    } catch (error) {
      return [{ call, what: textOf(error), request: this.#last?.request }];
    }
  }

  async #tryOne(call: CallSchema, request: FuzzRequest): Promise<void> {
    this.#tallies.requests.count(request.wire);
    this.#tallies.changes.count(request.change);
    const outcome = await this.#daemon.try(call, request);
    this.#tallies.outcomes.count(outcome);
    if (outcome === 'done') this.#succeeded.add(call.name);
  }

  async #tryRaw(request: RawRequest): Promise<void> {
    this.#tallies.requests.count('raw');
    this.#tallies.changes.count(request.change);
    this.#tallies.outcomes.count(await this.#daemon.tryRaw(request));
  }

  async #state(): Promise<HostState> {
    await this.#daemon.settle();
    return hostState(this.#daemon.process, this.#paths);
  }

  /** What there is at the end, and what of it should not be there. */
  async #leaks(before: HostState): Promise<[HostState, Finding[]]> {
    let after = await this.#state();
    for (let attempt = 0; attempt < SETTLING.attempts; attempt++) {
      if (growth(before, after).length === 0) break;
      await delay(SETTLING.pauseMs);
      after = await this.#state();
    }
    const leaks = growth(before, after);
    return [after, leaks.map((leak) => ({ call: AT_THE_END, what: `left behind: ${leak}` }))];
  }

  #report(before: HostState, after: HostState, findings: readonly Finding[]): CampaignReport {
    const { requests, outcomes, changes } = this.#tallies;
    return {
      requests: requests.counts,
      outcomes: outcomes.counts,
      changes: changes.counts,
      succeeded: [...this.#succeeded].sort(),
      before: figuresOf(before),
      after: figuresOf(after),
      findings,
    };
  }
}

function figuresOf({ descriptors, residentMiB }: HostState): Figures {
  return { descriptors, residentMiB };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Each call has a sequence of its own. */
function seedOf(seed: number, call: string): number {
  return createHash('sha256').update(`${seed} ${call}`).digest().readInt32LE();
}

class Tally {
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** The most frequent first. */
  get counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([, a], [, b]) => b - a));
  }
}
