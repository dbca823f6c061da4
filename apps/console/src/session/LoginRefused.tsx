import { useSearch } from "@tanstack/react-router";

const REASONS: Readonly<Record<string, string>> = {
  LOGIN_REFUSED: "The identity provider denied the login, or the login was cancelled.",
  LOGIN_STATE_INVALID: "The login did not start in this browser, or took longer than ten minutes.",
  TOKEN_CLAIM_INVALID: "The identity provider assigns you no role. Ask its administrator for a role.",
  IDENTITY_PROVIDER_UNREACHABLE: "The identity provider does not respond. Try again later.",
  RATE_LIMITED: "Too many attempts from your address. Wait one minute.",
};
const REQUEST = /^[A-Za-z0-9._:-]{8,64}$/;

/** Anyone can craft the URL, so only known reasons are displayed. */
export function LoginRefused() {
  const { refused, request } = useSearch({ strict: false }) as {
    readonly refused?: unknown;
    readonly request?: unknown;
  };
  if (typeof refused !== "string") return null;
  const reason = Object.hasOwn(REASONS, refused) ? REASONS[refused] : undefined;
  return (
    <div className="notice notice-bad" role="alert">
      <strong>Sign-in failed.</strong>
      <p>{reason ?? "The service refused the login."} Try again below.</p>
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
