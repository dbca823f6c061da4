import { randomUUID } from "node:crypto";
import { flushCompileCache } from "node:module";
import { dirname } from "node:path";
import { isTrellisError, type LogFacts, type Metrics } from "@trellis/base";
import {
  createLiveSettings,
  type Environment,
  type LiveSettings,
  type LoadedSettings,
  loadSettings,
  openFileWatch,
  type ReloadCause,
  type SettingsDefinition,
  shownSettings,
} from "@trellis/platform/config";
import type { ProcessPort } from "@trellis/platform/lifecycle";
import type { LogLevel, LogRotation, ProcessLogPorts } from "@trellis/platform/log";
import type { ProcessIo, ServiceIo } from "@trellis/platform/service";
import type { DrainSettings, OperationSettings } from "@trellis/platform/service/settings";
import type { OtlpOptions, ProcessTracing } from "@trellis/platform/tracing";
import type { Command, CommandText, ServiceOptions } from "./Command.ts";
import { trustOf } from "./trustOf.ts";
import { VERSION } from "./version.ts";

export type ServiceFlags = Partial<OperationSettings & DrainSettings> & {
  readonly logLevel: LogLevel;
  readonly dataDir?: string;
};

export function serviceCommand<Flags extends ServiceFlags, Settings>(
  text: CommandText & { readonly serves: boolean },
  options: ServiceOptions<Flags, Settings>,
): Command {
  return {
    ...text,
    definition: async () => (await options.definition()) as SettingsDefinition,
    async run({ sources, io }) {
      const definition = await options.definition();
      const loaded = await loadSettings(definition, sources);
      const settings = await options.settings(loaded.settings, loaded.positionals);
      await trustOf(loaded.settings);
      let { origins } = loaded;
      const { services, logFile } = await serviceIo(
        io,
        loaded.settings,
        {
          ...text,
          hasColors: hasColors(sources.environment),
          drainMs: () => live.current().drainTime ?? 0,
        },
        () => shownSettings(definition, { settings: live.current(), origins }),
      );
      services.log.debug("settings.loaded", withOrigins(loaded));
      let read = loaded;
      const load = async (cause: ReloadCause): Promise<Flags> => {
        // Editors replace files. Meanwhile, defaults must not apply.
        const needsDefaultFile = cause === "files" && read.files.includes(sources.defaultFile);
        read = await loadSettings(definition, { ...sources, needsDefaultFile });
        return read.settings;
      };
      const live = createLiveSettings(definition, loaded.settings, load);
      live.onReload(({ logLevel, logLevels = {}, logRotation }) => () => {
        logFile.setRotation(rotationOf(logRotation));
        services.log.setLevels(logLevel, logLevels);
        ({ origins } = read);
      });
      if (text.serves)
        await reloadOnChange(live, { files: () => read.files, reopenLog: logFile.reopen }, services);
      try {
        const run = await options.load();
        await run(settings, services, live);
      } catch (error) {
        // A signal during startup is not a failure.
        if (isTrellisError(error, "LIFECYCLE_STOPPING")) return undefined;
        await services.lifecycle.stop("failed").catch(() => {});
        throw error;
      }
      if (text.serves) {
        // Else the process does it when it stops, and takes seconds after an installation.
        setImmediate(flushCompileCache);
        return undefined;
      }
      await services.lifecycle.stop("done");
      return 0;
    },
  };
}

function withOrigins<Flags extends object>({
  settings,
  origins,
}: LoadedSettings<Flags>): Record<string, string> {
  const facts = Object.entries<string>(origins).map(([key, origin]): [string, string] => {
    const value: unknown = settings[key as keyof Flags];
    return [key, `${typeof value === "object" ? JSON.stringify(value) : String(value)} (${origin})`];
  });
  return Object.fromEntries(facts);
}

/** A file may change after its service has read it, but before the service is serving. */
const START_RETRY_MS = 1_000;

interface ReloadPorts {
  /** Files that the last settings came from. */
  readonly files: () => readonly string[];
  readonly reopenLog: () => void;
}

/**
 * SIGHUP reopens the log file (for logrotate) and reloads settings. On a terminal, it stops the service.
 * Changed files reload settings too.
 */
async function reloadOnChange<Flags>(
  live: LiveSettings<Flags>,
  { files, reopenLog }: ReloadPorts,
  { log, metrics, stdout, lifecycle }: ServiceIo,
): Promise<void> {
  const [{ platformMetrics }, { systemScheduler }] = await Promise.all([
    import("@trellis/platform/metrics"),
    import("@trellis/platform/system"),
  ]);
  const refused = metrics.gauge(platformMetrics.trellis_settings_refused);
  refused.set(0);
  const reload = (cause: ReloadCause): void =>
    void live.reload(cause).then(
      (changed) => {
        refused.set(0);
        log.info("settings.reloaded", { cause, changed: changed.join(" ") });
      },
      (error: unknown) => {
        refused.set(1);
        log.error("settings.refused", {
          cause,
          error: error instanceof Error ? error : String(error),
          message: "The previous settings stay in effect.",
        });
      },
    );
  const onFiles = (): void => {
    if (lifecycle.state === "serving") reload("files");
    else if (lifecycle.state === "starting") systemScheduler.after(START_RETRY_MS, onFiles);
  };
  const watch = await lifecycle.start(
    "files of settings",
    () => openFileWatch(onFiles, systemScheduler),
    (opened) => opened.close(),
  );
  watch.follow(files());
  live.onReload(() => {
    // Before others read the files, so that no later change is missed.
    watch.follow(files());
    return () => undefined;
  }, "always");
  process.on("SIGHUP", () => {
    if (stdout.isTerminal) return void process.kill(process.pid, "SIGTERM");
    try {
      reopenLog();
    } catch (error) {
      log.error("logFile.reopenFailed", { error: error as Error });
    }
    if (lifecycle.state === "serving") return reload("signal");
    log.warn("settings.refused", {
      reason: lifecycle.state,
      message: "Settings are reloaded only while the service is serving.",
    });
  });
}

const failingWhenStopped: ProcessPort = {
  on: (event, listener) => process.on(event, listener),
  exit: (code) => process.exit(code === 0 ? 1 : code),
};

interface ServiceText {
  readonly name: string;
  readonly serves: boolean;
  readonly hasColors: boolean;
  readonly drainMs: () => number;
}

async function serviceIo(
  io: ProcessIo,
  flags: ServiceFlags,
  { name: verb, serves, hasColors: isColored, drainMs }: ServiceText,
  configuration: ServiceIo["configuration"],
): Promise<{
  readonly services: ServiceIo;
  readonly logFile: Pick<ProcessLogPorts, "reopen" | "setRotation">;
}> {
  const [
    { createLifecycle, superviseProcess },
    { createPrometheusMetrics, measureHost, platformMetrics },
    system,
  ] = await Promise.all([
    import("@trellis/platform/lifecycle"),
    import("@trellis/platform/metrics"),
    import("@trellis/platform/system"),
  ]);
  const metrics = createPrometheusMetrics();
  let tracing: ProcessTracing | undefined;
  const around = (): LogFacts => tracing?.facts() ?? {};
  const { log, tail, close, ...logFile } = await openLog(flags, { verb, isColored, around }, metrics);
  const lifecycle = createLifecycle({ log: log.child("process") });
  superviseProcess({
    lifecycle,
    log,
    scheduler: system.systemScheduler,
    process: serves ? process : failingWhenStopped,
    drainMs,
  });
  await lifecycle.start("log", () => undefined, close);
  tracing = await openTracing(flags, verb, { lifecycle, metrics });
  metrics.gauge(platformMetrics.trellis_build_info).set(1, { version: VERSION });
  measureHost(volumesOf(flags), { metrics, host: system.systemHost, log });
  return {
    services: { ...io, version: VERSION, log, tail, configuration, lifecycle, metrics, tracing },
    logFile,
  };
}

function volumesOf({ dataDir = "", logFile = "" }: ServiceFlags): Readonly<Record<string, string>> {
  return {
    ...(dataDir === "" ? {} : { data: dataDir }),
    ...(logFile === "" ? {} : { log: dirname(logFile) }),
  };
}

const INSTANCE = randomUUID();

function resourceOf(verb: string): Omit<OtlpOptions, "url"> {
  return { service: `trellis-${verb}`, version: VERSION, instance: INSTANCE };
}

async function openTracing(
  { traceUrl: url, traceRatio: ratio = 0 }: ServiceFlags,
  verb: string,
  { lifecycle, metrics }: Pick<ServiceIo, "lifecycle" | "metrics">,
): Promise<ProcessTracing | undefined> {
  if (url === undefined || url === "") return undefined;
  const [{ createTracing, openOtlpSink, traceOutgoing }, { systemRandom }] = await Promise.all([
    import("@trellis/platform/tracing"),
    import("@trellis/platform/system"),
  ]);
  const tracing = await lifecycle.start(
    "tracing",
    async () => {
      const sink = await openOtlpSink({ url, ...resourceOf(verb) }, metrics);
      return createTracing(ratio, { random: systemRandom, sink });
    },
    (opened) => opened.close(),
  );
  await lifecycle.start(
    "tracing of outgoing requests",
    () => traceOutgoing(tracing),
    (outgoing) => outgoing.stop(),
  );
  return tracing;
}

/** A non-empty NO_COLOR disables colours (no-color.org). */
function hasColors({ NO_COLOR = "" }: Environment): boolean {
  return NO_COLOR === "";
}

interface LogText {
  readonly verb: string;
  readonly isColored: boolean;
  readonly around: () => LogFacts;
}

async function openLog(
  flags: ServiceFlags,
  { verb, isColored, around }: LogText,
  metrics: Metrics,
): Promise<ProcessLogPorts> {
  const { createProcessLog } = await import("@trellis/platform/log");
  const { logLevel: level, logLevels: levels = {}, logFile: path = "", logUrl: url = "" } = flags;
  const shared = { level, levels, around, ...(url !== "" && { otlp: { url, ...resourceOf(verb) } }) };
  if (path === "") return createProcessLog({ ...shared, hasColors: isColored }, metrics);
  const file = { path, ...rotationOf(flags.logRotation) };
  return createProcessLog({ ...shared, file }, metrics);
}

function rotationOf(given: ServiceFlags["logRotation"]): LogRotation {
  const { sizeMax = 0, ageMax = 0, filesKept = 0 } = given ?? {};
  return { sizeMax, ageMaxMs: ageMax, keptMax: filesKept };
}
