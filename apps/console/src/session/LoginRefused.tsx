import { useSearch } from "@tanstack/react-router";

/** Why a login at the identity provider let nobody in, in words for who tried. */
const REASONS: Readonly<Record<string, string>> = {
  LOGIN_REFUSED: "The identity provider did not confirm it, or it was cancelled there.",
  LOGIN_STATE_INVALID: "It was not begun in this browser, or it took longer than ten minutes.",
  TOKEN_CLAIM_INVALID:
    "The identity provider does not say which role you have here. Ask whoever runs it for one.",
  IDENTITY_PROVIDER_UNREACHABLE: "The identity provider does not answer. Try again in a while.",
  RATE_LIMITED: "There were too many attempts from your address. Wait a minute.",
};
const REQUEST = /^[A-Za-z0-9._:-]{8,64}$/;

/** What the service says in the address when it sends a browser back to sign in. Anybody can write an address: only what is known here is shown. */
export function LoginRefused() {
  const { refused, request } = useSearch({ strict: false }) as {
    readonly refused?: unknown;
    readonly request?: unknown;
  };
  if (typeof refused !== "string") return null;
  const reason = Object.hasOwn(REASONS, refused) ? REASONS[refused] : undefined;
  return (
    <div className="notice notice-bad" role="alert">
      <strong>You were not signed in.</strong>
      <p>{reason ?? "The service refused the login."} Begin again below.</p>
      <p className="soft">
        {reason !== undefined && <code>{refused}</code>}
        {typeof request === "string" && REQUEST.test(request) && (
          <>
            {" "}
            request <code>{request}</code>
          </>
        )}
      </p>
    </div>
  );
}
