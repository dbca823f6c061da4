import { hexToBytes, type Random } from "@trellis/base";
import {
  type Account,
  type Address,
  type Authorization,
  authorizationsOf,
  type BlockContext,
  type CallRequest,
  type Cancellation,
  DEFAULT_FORK,
  type Deployment,
  EMPTY_CODE_HASH,
  FORKS,
  type ForkName,
  type Hash,
  KEY_ALGORITHMS,
  KEY_REGISTRY_ADDRESS,
  KEY_SCHEMES,
  keyRegistrySlot,
  SYSTEM_ADDRESS,
  type SystemCall,
  UINT64_MAX,
} from "@trellis/protocol";
import { evmErrors } from "../errors.ts";
import type { Precompile, PrecompileResult } from "../precompiles/Precompile.ts";
import type { PrecompileCache } from "../precompiles/PrecompileCache.ts";
import type { PrecompilesOf } from "../precompiles/precompiles.ts";
import { type CoreBuild, coreModule } from "../systemCore.ts";
import type { Compiler } from "./Compiler.ts";
import type { CoreExports } from "./CoreExports.ts";
import { CoreMemory } from "./CoreMemory.ts";
import { createMulmod, MULMOD_POSITION } from "./createMulmod.ts";
import type { EngineLimits } from "./EngineLimits.ts";
import { type EngineState, NO_STATE } from "./EngineState.ts";
import { FAULTS } from "./faults.ts";
import { MAP } from "./memoryMap.ts";
import { type Progress, VERDICTS, type Verdict } from "./verdicts.ts";
import { writeAuthorizations } from "./writeAuthorizations.ts";
import { writeMessage } from "./writeMessage.ts";
import { writeRules } from "./writeRules.ts";

export interface TraceHooks {
  step(pc: number, opcode: number, gas: number, stackTop: number, memorySize: number): void;
  enter(kind: number, frame: number): void;
  leave(halt: number, gasLeft: number, output: number, outputLength: number): void;
}

interface EngineOptions {
  readonly build: CoreBuild;
  readonly limits: EngineLimits;
  /** Secret seeds of hash tables, so that nobody can prepare collisions. */
  readonly random: Random;
  /** Keyed by address, which is below 63 or 0x100. */
  readonly precompiles: PrecompilesOf;
  readonly precompileCache?: PrecompileCache | undefined;
  /** Undefined if all code is interpreted. */
  readonly compiler?: ((memory: CoreMemory, table: WebAssembly.Table) => Compiler) | undefined;
}

const BLOB_BASE_FEE_MIN = 1n;
const PAGES_MAX = 65_536;
/** Of the table of functions that the core calls: MULMOD, then compiled code. */
const TABLE_SIZE = 64;
const NO_BYTES = new Uint8Array(0);
const NO_AUTHORIZATIONS: readonly Authorization[] = [];
const EMPTY_CODE_HASH_BYTES = hexToBytes(EMPTY_CODE_HASH);
const BLOCK_HASHES_SIZE = 256 * 40;
const STEPS_PER_LOOK = 256;
const PAUSE_ANSWERS = { goOn: 0, stop: 1, pause: 2 };
const IN_CORE = [4, 9];
const BLAKE2 = 9;
const BLAKE2_OUTPUT_SIZE = 64;

/** Not reentrant. Methods that run code throw CALL_TOO_LARGE and errors of the state. */
export class Engine {
  readonly memory: CoreMemory;
  readonly core: CoreExports;
  hooks: TraceHooks | undefined;
  cancellation: Cancellation | undefined;
  /** Polled while code runs. If true, `begin…` and `resume` return PAUSED. */
  isPauseDue: (() => boolean) | undefined;
  /** Prevents a pause before the resumed frame has made progress. */
  #isResuming = false;
  #steps = 0;
  readonly #limits: EngineLimits;
  readonly #precompilesOf: PrecompilesOf;
  #precompiles: ReadonlyMap<number, Precompile> = new Map();
  #fork: ForkName = DEFAULT_FORK;
  readonly #precompileCache: PrecompileCache | undefined;
  readonly #compiler: Compiler | undefined;
  readonly #inputAt: number;
  readonly #inputSize: number;
  readonly created = new Map<Hash, Uint8Array>();
  #state: EngineState = NO_STATE;
  #context: BlockContext | undefined;
  /** Last code read, because the core requests the length before the bytes. */
  #code = NO_CODE;
  #failure: { error: unknown } | undefined;
  /** Of the message that begins. */
  #authorizations: readonly Authorization[] = [];

  constructor({ build, limits, random, precompiles, precompileCache, compiler }: EngineOptions) {
    this.#limits = limits;
    this.#precompilesOf = precompiles;
    this.#precompileCache = precompileCache;
    const memory = new WebAssembly.Memory({ initial: 16, maximum: PAGES_MAX });
    this.memory = new CoreMemory(memory);
    const table = new WebAssembly.Table({ initial: TABLE_SIZE, element: "anyfunc" });
    this.#compiler = compiler?.(this.memory, table);
    const instance = new WebAssembly.Instance(coreModule(build), {
      env: { memory, table },
      host: this.#imports(),
    });
    this.core = instance.exports as unknown as CoreExports;
    this.#configure(random);
    this.#inputAt = this.core.inputAt();
    this.#inputSize = this.core.inputSize();
    this.#useFusedMulmod(table);
    this.#applyFork(DEFAULT_FORK);
  }

  get fork(): ForkName {
    return this.#fork;
  }

  /** [EVM-22] */
  #applyFork(name: ForkName): void {
    this.#fork = name;
    const fork = FORKS[name];
    this.#precompiles = this.#precompilesOf(fork);
    this.#precompileCache?.clear();
    writeRules(this.memory, fork, this.#precompiles, IN_CORE);
    this.core.applyRules();
    // Reads the fork's opcodes.
    this.#compiler?.start(this.core);
  }

  #configure(random: Random): void {
    const l = this.#limits;
    const seed = random.bytes(16);
    const seeds = new DataView(seed.buffer, seed.byteOffset, 16);
    const heap = this.core.configure(
      l.accounts,
      l.slots,
      l.transientSlots,
      l.codes,
      l.codeBytes,
      l.translatedBytes,
      l.journalBytes,
      l.logBytes,
      l.returnDataBytes,
      l.inputBytes,
      l.destinationBytes,
      l.memoryBytes,
      ...[0, 4, 8, 12].map((at) => seeds.getUint32(at)),
    );
    if (heap === 0) throw evmErrors.CALL_TOO_LARGE({ reason: "engine limit", limit: "address space" });
    for (const algorithm of Object.values(KEY_ALGORITHMS)) {
      this.memory.setU64(MAP.KEY_GAS + 8 * algorithm, KEY_SCHEMES[algorithm].verificationGas);
    }
  }

  #useFusedMulmod(table: WebAssembly.Table): void {
    const mulmod = createMulmod(this.memory, this.core.mulmodGeneral);
    if (mulmod === undefined) return;
    table.set(MULMOD_POSITION, mulmod);
    this.core.setMulmod(MULMOD_POSITION);
  }

  #imports(): Record<string, unknown> {
    return {
      loadAccount: (account: number) => this.#loadAccount(account),
      loadSlot: (account: number, slot: number) => this.#loadSlot(account, slot),
      hasStorage: (account: number) =>
        this.#guard(() => Number(this.#state.hasStorage?.(this.memory.addressHex(account)) ?? false)),
      codeLength: (hash: number) => this.#codeOf(hash).length,
      loadCode: (hash: number, to: number) => this.memory.bytes.set(this.#codeOf(hash), to),
      storeCode: (hash: number, from: number, length: number) => this.#storeCode(hash, from, length),
      blockHash: () => this.#blockHash(),
      recoverAuthorities: () => this.#recoverAuthorities(),
      precompile: (id: number, from: number, length: number, gas: number) =>
        this.#precompile(id, from, length, gas),
      compile: (entry: number) => this.#compiler?.compile(entry) ?? 0,
      pause: () => this.#answerPause(),
      step: (pc: number, opcode: number, gas: number, top: number, size: number) => {
        this.#guard(() => this.hooks?.step(pc, opcode, gas, top, size));
        return Number(++this.#steps % STEPS_PER_LOOK === 0 ? this.#isStopped() : this.#failure !== undefined);
      },
      enter: (kind: number, frame: number) => this.#guard(() => this.hooks?.enter(kind, frame) ?? 0),
      leave: (halt: number, gasLeft: number, output: number, length: number) =>
        this.#guard(() => this.hooks?.leave(halt, gasLeft, output, length) ?? 0),
    };
  }

  /** Catches exceptions, which would stop the core within an instruction. */
  #guard<T>(run: () => T): T | 0 {
    if (this.#failure !== undefined) return 0;
    try {
      return run();
    } catch (error) {
      this.#failure = { error };
      return 0;
    }
  }

  #answerPause(): number {
    const isResuming = this.#isResuming;
    this.#isResuming = false;
    if (this.#isStopped()) return PAUSE_ANSWERS.stop;
    return !isResuming && this.isPauseDue?.() === true ? PAUSE_ANSWERS.pause : PAUSE_ANSWERS.goOn;
  }

  #isStopped(): boolean {
    if (this.cancellation?.isOver()) this.#failure ??= { error: evmErrors.CALL_STOPPED() };
    return this.#failure !== undefined;
  }

  #loadAccount(at: number): number {
    const { memory } = this;
    const account = this.#guard(() => this.#state.account(memory.addressHex(at))) || undefined;
    memory.setU64(at + MAP.A_NONCE, account?.nonce ?? 0n);
    memory.setWord(at + MAP.A_BALANCE, account?.balance ?? 0n);
    const codeHash = account?.codeHash ?? EMPTY_CODE_HASH;
    if (codeHash === EMPTY_CODE_HASH) memory.bytes.set(EMPTY_CODE_HASH_BYTES, at + MAP.A_CODE_HASH);
    else memory.bytes.write(codeHash.slice(2), at + MAP.A_CODE_HASH, "hex");
    return account === undefined ? 0 : 1;
  }

  #loadSlot(account: number, slot: number): void {
    const { memory } = this;
    const value = this.#guard(() => this.#state.storage(memory.addressHex(account), memory.wordHex(slot)));
    memory.setWord(slot + MAP.S_VALUE, BigInt(value));
  }

  #codeOf(hashAt: number): Uint8Array {
    const hash = this.memory.hashHex(hashAt);
    if (this.#code.hash !== hash) {
      const bytes = this.created.get(hash) ?? (this.#guard(() => this.#state.code(hash)) || NO_BYTES);
      this.#code = { hash, bytes };
    }
    return this.#code.bytes;
  }

  #storeCode(hashAt: number, from: number, length: number): void {
    const hash = this.memory.hashHex(hashAt);
    if (!this.created.has(hash)) this.created.set(hash, this.memory.copy(from, length));
  }

  #blockHash(): void {
    const { memory } = this;
    const hash = this.#guard(() => this.#context?.blockHash(memory.u64(MAP.HOST_SLOT)));
    if (hash) memory.bytes.write(hash.slice(2), MAP.HOST_VALUE, "hex");
    else memory.bytes.fill(0, MAP.HOST_VALUE, MAP.HOST_VALUE + 32);
  }

  #precompile(id: number, from: number, length: number, gas: number): number {
    if (this.#isStopped()) return -1;
    const { memory } = this;
    const result = this.#guard(() =>
      this.#runPrecompile(id, memory.bytes.subarray(from, from + length), gas),
    );
    if (!result) return -1;
    if (result.gasUsed > gas) return result.gasUsed;
    if (result.output.length > this.core.returnDataSize()) return -2;
    memory.bytes.set(result.output, this.core.returnDataAt());
    memory.setU32(MAP.HOST_LENGTH, result.output.length);
    return result.gasUsed;
  }

  #runPrecompile(id: number, input: Uint8Array, gas: number): PrecompileResult | undefined {
    const run = id === BLAKE2 ? this.#longBlake2 : this.#precompiles.get(id);
    if (run === undefined || this.#precompileCache === undefined) return run?.(input, gas);
    return this.#precompileCache.run(id, run, input, gas);
  }

  /** The core has already charged the gas, and its memory contains the input. */
  readonly #longBlake2: Precompile = (input) => {
    const output = this.core.returnDataAt();
    this.core.compressBlake2(output, input.byteOffset);
    return { gasUsed: 0, output: this.memory.copy(output, BLAKE2_OUTPUT_SIZE) };
  };

  /** True if a table is over half full. Then call `setState` before the next execution. */
  get isCrowded(): boolean {
    const { accounts, slots } = this.#limits;
    return this.core.accountCount() * 2 > accounts || this.core.slotCount() * 2 > slots;
  }

  precompileAddresses(): Address[] {
    const ids = [...IN_CORE, ...this.#precompiles.keys()];
    return ids.map((id): Address => `0x${id.toString(16).padStart(40, "0")}`);
  }

  get state(): EngineState {
    return this.#state;
  }

  setState(state: EngineState): void {
    this.#state = state;
    this.created.clear();
    this.core.forgetState();
  }

  /** `state` must equal the result of the last block. */
  continueWith(state: EngineState): void {
    this.#state = state;
    this.created.clear();
    this.core.keepState();
    this.core.clearLogs();
  }

  setContext(
    context: BlockContext,
    options: { readonly baseFee?: bigint; readonly blobBaseFee?: bigint } = {},
  ): void {
    this.#context = context;
    const { fork } = context;
    if (fork !== this.#fork) {
      this.#compiler?.drop();
      this.#applyFork(fork);
    }
    const { memory } = this;
    memory.bytes.fill(0, MAP.BLOCK_HASHES, MAP.BLOCK_HASHES + BLOCK_HASHES_SIZE);
    memory.setWord(MAP.TIMESTAMP, context.timestamp);
    memory.setWord(MAP.NUMBER, context.number);
    memory.setHash(MAP.PREVRANDAO, context.prevRandao);
    memory.setWord(MAP.GAS_LIMIT, context.gasLimit);
    memory.setWord(MAP.CHAIN_ID, context.chainId);
    memory.setWord(MAP.BASE_FEE, options.baseFee ?? context.baseFee);
    memory.setWord(MAP.BLOB_BASE_FEE, options.blobBaseFee ?? BLOB_BASE_FEE_MIN);
  }

  setRecipients(coinbase: Address, tipRecipient: Address): void {
    this.memory.setAddress(MAP.COINBASE, coinbase);
    this.memory.setAddress(MAP.TIP_RECIPIENT, tipRecipient);
  }

  runTransaction(encoded: Uint8Array, sender: Address, gasBudget: bigint, mayHaveCode = false): Verdict {
    return this.toEnd(this.beginTransaction(encoded, sender, gasBudget, mayHaveCode));
  }

  /** @param mayHaveCode omits the check of EIP-3607 */
  beginTransaction(encoded: Uint8Array, sender: Address, gasBudget: bigint, mayHaveCode = false): Progress {
    const { memory, core } = this;
    // The other half is for the decoded access list.
    if (encoded.length * 2 > this.#inputSize)
      throw evmErrors.CALL_TOO_LARGE({ reason: "engine limit", limit: "inputBytes" });
    this.#compiler?.trim();
    memory.setAddress(MAP.MESSAGE + MAP.M_SENDER, sender);
    memory.bytes.set(encoded, this.#inputAt);
    memory.setU64(MAP.HOST_SLOT, gasBudget < 0n ? 0n : gasBudget > UINT64_MAX ? UINT64_MAX : gasBudget);
    const at = core.authorizationsAfter(encoded.length);
    const count = this.#takeAuthorizations(at, authorizationsOf({ encoded }));
    return this.#progress(core.runTransaction(encoded.length, count, mayHaveCode));
  }

  /** @param at where the core expects them @throws CALL_TOO_LARGE */
  #takeAuthorizations(at: number, authorizations: readonly Authorization[]): number {
    const end = at + authorizations.length * MAP.AUTHORIZATION_SIZE;
    if (end + 64 > this.#inputAt + this.#inputSize)
      throw evmErrors.CALL_TOO_LARGE({ reason: "engine limit", limit: "inputBytes" });
    this.#authorizations = authorizations;
    return authorizations.length;
  }

  /** The core asks after it has checked that the message pays. [EVM-23] */
  #recoverAuthorities(): void {
    this.#guard(() =>
      writeAuthorizations(this.memory, this.#authorizations, {
        chainId: this.#context?.chainId,
        registeredKey: (account) =>
          BigInt(this.#state.storage(KEY_REGISTRY_ADDRESS, keyRegistrySlot(account))),
        isStopped: () => this.#isStopped(),
      }),
    );
  }

  resume(): Progress {
    this.#isResuming = true;
    return this.#progress(this.core.resume());
  }

  /** Discards a paused message. @throws error */
  abandon(error: unknown): never {
    this.#failure = { error };
    this.#progress(this.core.resume());
    throw error;
  }

  toEnd(progress: Progress): Verdict {
    let at = progress;
    while (at === "PAUSED") at = this.resume();
    return at;
  }

  account(address: Address): Account {
    const { memory } = this;
    const at = this.#find(address);
    return {
      nonce: memory.u64(at + MAP.A_NONCE),
      balance: memory.word(at + MAP.A_BALANCE),
      codeHash: memory.hashHex(at + MAP.A_CODE_HASH),
    };
  }

  code(address: Address): Uint8Array {
    const { codeHash } = this.account(address);
    if (codeHash === EMPTY_CODE_HASH) return NO_BYTES;
    return this.created.get(codeHash) ?? this.#state.code(codeHash);
  }

  slot(address: Address, slot: Hash): bigint {
    const { memory, core } = this;
    const account = this.#find(address);
    memory.setHash(MAP.HOST_WORDS + 32, slot);
    return memory.word(core.findSlot(account, MAP.HOST_WORDS + 32) + MAP.S_VALUE);
  }

  #find(address: Address): number {
    this.memory.setAddress(MAP.HOST_WORDS, address);
    return this.core.findAccount(MAP.HOST_WORDS);
  }

  /** Also true for an empty account. */
  exists(address: Address): boolean {
    return (this.memory.u32(this.#find(address) + MAP.A_FLAGS) & MAP.ACCOUNT_EXISTS) !== 0;
  }

  /** Call only between transactions. */
  credit(address: Address, amount: bigint): void {
    if (amount > 0n) this.tip(address, amount);
  }

  /** Call only between transactions. A zero amount touches the account (EIP-161). */
  tip(address: Address, amount: bigint): void {
    this.memory.setAddress(MAP.HOST_WORDS, address);
    this.memory.setWord(MAP.HOST_WORDS + 32, amount);
    this.core.creditBetween(MAP.HOST_WORDS, MAP.HOST_WORDS + 32);
    this.#progress(0);
  }

  /** Call only between transactions. [EVM-24] */
  deploy({ address, code }: Deployment): void {
    this.memory.setAddress(MAP.HOST_WORDS, address);
    this.memory.bytes.set(code, this.#inputAt);
    this.core.deployBetween(MAP.HOST_WORDS, this.#inputAt, code.length);
    this.#progress(0);
  }

  /** An accepted call is undone with `undoCall`, or committed if `checks` lack SIMULATE. */
  runCall(request: CallRequest, checks: number = MAP.SIMULATE, nonce = 0n): Verdict {
    this.#writeMessage(request, checks);
    this.memory.setU64(MAP.MESSAGE + MAP.M_NONCE, nonce);
    return this.toEnd(this.#progress(this.core.runMessage()));
  }

  /** [EVM-11] @param checks KEEP_RESULT counts gas and keeps the logs [SHARD-13.2] */
  beginSystemCall({ to, value, data, gasLimit }: SystemCall, checks: number = MAP.SIMULATE): Progress {
    const free = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, accessList: [] };
    this.#writeMessage({ from: SYSTEM_ADDRESS, to, value, data, gasLimit, ...free }, checks);
    return this.#progress(this.core.runAsBlock());
  }

  undoCall(): void {
    this.core.undoMessage();
  }

  #writeMessage(request: CallRequest, checks: number = MAP.SIMULATE): void {
    const { memory } = this;
    this.#compiler?.trim();
    const end = writeMessage(memory, request, { at: this.#inputAt, size: this.#inputSize });
    const count = this.#takeAuthorizations(end, request.authorizationList ?? NO_AUTHORIZATIONS);
    memory.setU32(MAP.MESSAGE + MAP.M_AUTHORIZATIONS, end);
    memory.setU32(MAP.MESSAGE + MAP.M_AUTHORIZATION_COUNT, count);
    memory.setU32(MAP.MESSAGE + MAP.M_CHECKS, checks);
  }

  #progress(code: number): Progress {
    const progress = VERDICTS[code]!;
    const failure = this.#failure;
    if (failure === undefined && progress !== "FAULT") return progress;
    const limit = FAULTS[this.core.faultCode()] ?? "unknown";
    this.#failure = undefined;
    this.created.clear();
    this.#state = NO_STATE;
    // Empty if its read failed.
    this.#code = NO_CODE;
    this.core.forgetAll();
    this.#compiler?.drop();
    throw failure === undefined ? evmErrors.CALL_TOO_LARGE({ reason: "engine limit", limit }) : failure.error;
  }
}

const NO_CODE: { readonly hash: Hash; readonly bytes: Uint8Array } = {
  hash: EMPTY_CODE_HASH,
  bytes: NO_BYTES,
};
