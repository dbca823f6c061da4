import { describe, expect, it } from "vitest";
import { SessionStore } from "./SessionStore.ts";

const ADMIN = { id: "key:1", role: "admin", customerId: null, scopes: ["*"] } as const;
const NOBODY = { principal: null, ended: null, ways: ["apiKey"] };

interface Asked {
  readonly target: string;
  readonly body: string | undefined;
}

function open(answers: Record<string, (Response | Error)[]>, isDevelopment = false) {
  const asked: Asked[] = [];
  const told: number[] = [];
  let isLeft = false;
  const store = new SessionStore({
    async fetch(target, init) {
      asked.push({ target: String(target), body: init?.body?.toString() });
      const answer = answers[String(target)]?.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new TypeError("fetch failed");
      return answer;
    },
    path: "/v1/auth",
    isDevelopment,
    isLeft: () => isLeft,
    setLeft: (left) => {
      isLeft = left;
    },
    tellOthers: () => told.push(asked.length),
  });
  return { store, asked, told };
}

const json = (value: object, status = 200): Response => new Response(JSON.stringify(value), { status });
const done = (): Response => new Response(null, { status: 204 });
const SESSION = "/v1/auth/session";

describe("the session of a browser", () => {
  it("is what the service says; an API key is sent once and kept nowhere", async () => {
    const { store, asked } = open({
      [SESSION]: [json(NOBODY), done(), json({ ...NOBODY, principal: ADMIN })],
    });
    await store.refresh();
    expect(store.state).toEqual({ kind: "signedOut", ways: ["apiKey"] });
    await store.signIn(" trk_secret ");
    expect(store.state).toMatchObject({ kind: "signedIn", principal: ADMIN });
    expect(asked.map(({ body }) => body)).toEqual([undefined, '{"apiKey":"trk_secret"}', undefined]);
    expect(JSON.stringify(store)).not.toContain("trk_");
  });

  it("a refusal leaves what was there", async () => {
    const problem = { code: "API_KEY_UNKNOWN", status: 401 };
    const { store } = open({ [SESSION]: [json(NOBODY), json(problem, 401)] });
    await store.refresh();
    await expect(store.signIn("trk_x")).rejects.toMatchObject({ facts: { refusal: "API_KEY_UNKNOWN" } });
    expect(store.state.kind).toBe("signedOut");
  });

  it("on a devnet whoever comes is signed in, and whoever left stays out", async () => {
    const { store, asked } = open(
      {
        [SESSION]: [json(NOBODY), json({ ...NOBODY, principal: ADMIN }), json(NOBODY), json(NOBODY)],
        "/console/sign-in": [done()],
        "/v1/auth/logout": [done()],
      },
      true,
    );
    await store.refresh();
    expect(store.state.kind).toBe("signedIn");
    await store.signOut();
    await store.refresh();
    expect(store.state.kind).toBe("signedOut");
    expect(asked.filter(({ target }) => target === "/console/sign-in")).toHaveLength(1);
  });

  it("a service that is not there yet is asked again; what was known stays while it is away", async () => {
    const { store } = open({
      [SESSION]: [new TypeError("refused"), json({ ...NOBODY, principal: ADMIN }), new TypeError("refused")],
    });
    await store.refresh();
    expect(store.state.kind).toBe("unreachable");
    await store.refresh();
    await store.refresh();
    expect(store.state.kind).toBe("signedIn");
  });

  it("a session that a call found to be over has ended, and says why", async () => {
    const { store } = open({
      [SESSION]: [json({ ...NOBODY, principal: ADMIN }), json({ ...NOBODY, ended: "TOKEN_EXPIRED" })],
    });
    await store.refresh();
    await store.wasRefused();
    expect(store.state).toMatchObject({ kind: "ended", code: "TOKEN_EXPIRED", principal: ADMIN });
  });

  it("a session that is gone has ended: who had it is known, also when the service is away, and nobody else comes in", async () => {
    const { store, asked } = open(
      {
        [SESSION]: [
          json({ ...NOBODY, principal: ADMIN }),
          json(NOBODY),
          new TypeError("refused"),
          json({ ...NOBODY, principal: ADMIN }),
        ],
      },
      true,
    );
    await store.refresh();
    const ended = { kind: "ended", code: "AUTHENTICATION_MISSING", principal: ADMIN };
    await store.refresh();
    expect(store.state).toMatchObject(ended);
    await store.refresh();
    expect(store.state).toMatchObject(ended);
    await store.refresh();
    expect(store.state.kind).toBe("signedIn");
    expect(asked.every(({ target }) => target === SESSION)).toBe(true);
  });

  it("reports the end of a session that was renewed by a provider's login", async () => {
    const { store } = open({
      [SESSION]: [
        json({ ...NOBODY, principal: ADMIN }),
        json(NOBODY),
        json({ ...NOBODY, principal: ADMIN }),
        json(NOBODY),
      ],
      "/v1/auth/logout": [done()],
    });
    await store.refresh();
    await store.signOut();
    await store.refresh();
    await store.refresh();
    expect(store.state).toMatchObject({ kind: "ended", principal: ADMIN });
  });

  it("notifies other tabs of a new session once the service has it", async () => {
    const { store, told } = open({
      [SESSION]: [json(NOBODY), done(), json({ ...NOBODY, principal: ADMIN }), json(NOBODY)],
      "/v1/auth/logout": [done()],
    });
    await store.refresh();
    expect(told).toEqual([]);
    await store.signIn("trk_secret");
    expect(told).toEqual([2]);
    await store.signOut();
    expect(told).toEqual([2, 4]);
  });
});
