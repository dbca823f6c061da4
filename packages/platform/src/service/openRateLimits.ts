import {
  AddressList,
  anonymousPrincipal,
  createHttpLimits,
  type Guard,
  type HttpLimits,
  normalAddress,
  noteRefusal,
  requireKnownClients,
} from "../guard/index.ts";
import type { DoorGuard } from "../http/index.ts";
import { systemScheduler } from "../system/index.ts";
import { GUARD_WINDOW_MS, openGuard, readAddressLists } from "./openGuard.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { AuthenticationSettings } from "./settings/authenticationSettings.ts";
import type { GuardSettings } from "./settings/guardSettings.ts";

type LimitSettings = Pick<AuthenticationSettings, "limitPerAddress" | "limitPerPrincipal"> & GuardSettings;

export interface RateLimits extends HttpLimits {
  readonly guard: Guard;
  readonly door: DoorGuard;
  change(settings: LimitSettings): void;
  /** @throws CONFIG_INVALID_VALUE */
  prepare(settings: LimitSettings): () => void;
}

const CONNECTIONS_MAX = 8_192;

/** @throws CONFIG_INVALID_VALUE */
export async function openRateLimits(
  settings: LimitSettings &
    Pick<AuthenticationSettings, "redis" | "trustedProxies" | "publicUrl"> & { readonly host: string },
  service: string,
  io: ServiceIo,
): Promise<RateLimits> {
  const { publicUrl } = settings;
  requireKnownClients({ ...settings, names: publicUrl === "" ? [] : [new URL(publicUrl).hostname] });
  const { guard, shared } = await openGuard(
    {
      service,
      redis: settings.redis,
      lists: readAddressLists(settings),
      guard: {
        windowMs: GUARD_WINDOW_MS,
        limits: limitsOf(settings),
        trustedProxies: new AddressList(settings.trustedProxies),
        anonymous: anonymousPrincipal([]),
        hidesMethods: false,
        requiresForwarding: false,
      },
      credentials: { identify: () => undefined },
    },
    io,
  );
  return {
    ...createHttpLimits(guard, { shared, scheduler: systemScheduler }),
    guard,
    door: doorOf(guard),
    change: (latest) => guard.change({ limits: limitsOf(latest) }),
    prepare(latest) {
      const lists = readAddressLists(latest);
      return () => guard.visitors.setLists(lists);
    },
  };
}

export function doorOf(guard: Guard): DoorGuard {
  return {
    connect: (peer) => guard.connect(peer),
    requireAdmitted: (ip) => void guard.requireAdmitted(normalAddress(ip) ?? ip),
    refused({ ip, headers, routeOptions: { url } }, status) {
      noteRefusal(guard, { ip, headers, hasRoute: url !== undefined && url !== PAGES }, status);
    },
  };
}

/** Unknown paths, for which the console serves pages. */
const PAGES = "/*";

function limitsOf({ limitPerAddress, limitPerPrincipal, connectionsPerAddress }: LimitSettings) {
  return {
    perAddress: limitPerAddress,
    perPrincipal: limitPerPrincipal,
    perConnection: 0,
    perMethod: new Map<string, number>(),
    connectionsMax: CONNECTIONS_MAX,
    connectionsPerAddress,
    connectionsPerPrincipal: connectionsPerAddress,
  };
}
