import { defineErrors } from "@trellis/base";

export const platformErrors = defineErrors({
  CONFIG_FILE_UNREADABLE: {
    message: "the configuration file cannot be read",
    hint: "check the path given by --config or TRELLIS_CONFIG and its permissions; what is not YAML has its line named",
    consequence: "fatal",
  },
  CONFIG_UNKNOWN_KEY: {
    message: "there is no such setting or flag",
    hint: "correct or remove it; --help lists what exists",
    consequence: "fatal",
  },
  CONFIG_INVALID_VALUE: {
    message: "a setting has a value that it cannot take",
    hint: "give what is expected, in the named unit",
    consequence: "fatal",
  },
  CONFIG_RESTART_NEEDED: {
    message: "settings were changed that a running service cannot change, so nothing was changed",
    hint: "start the service again, or undo the change of the named settings and reload",
    consequence: "reject",
  },
  FLAG_VALUE_INVALID: {
    message: "a flag is not given as it is to be given",
    hint: "a flag that takes a value is given once, as --flag value or --flag=value; one that takes none stands alone, or as --flag=true or --flag=false",
    consequence: "fatal",
  },
  LOG_FILE_UNWRITABLE: {
    message: "the log file cannot be written",
    hint: "check the path given by --log-file and its permissions",
    consequence: "fatal",
  },
  LIFECYCLE_STOPPING: {
    message: "the process is stopping",
    hint: "nothing new is started; start it again for that",
    consequence: "fatal",
  },
  SERVICE_START_FAILED: {
    message: "a service did not start",
    hint: "see the reason; what had started before was stopped",
    consequence: "fatal",
  },
  SERVICE_STOP_FAILED: {
    message: "services did not stop cleanly",
    hint: "see the log; the others were stopped in their turn",
    consequence: "fatal",
  },
  PORT_UNAVAILABLE: {
    message: "the service port cannot be opened",
    hint: "EADDRINUSE: stop the process that holds the port, or choose another one (0 takes any free one); EACCES: ports below 1024 need root or CAP_NET_BIND_SERVICE; EADDRNOTAVAIL: name an address of this machine",
    consequence: "fatal",
  },
});

export { auditErrors } from "./audit/errors.ts";
export { authErrors } from "./auth/errors.ts";
export { cacheErrors } from "./cache/errors.ts";
export { dbErrors } from "./db/errors.ts";
export { eventsErrors } from "./events/errors.ts";
export { httpErrors } from "./http/errors.ts";
export { jobsErrors } from "./jobs/errors.ts";
export { notifyErrors } from "./notify/errors.ts";
export { runtimeSettingsErrors } from "./runtimeSettings/errors.ts";
export { secretsErrors } from "./secrets/errors.ts";
