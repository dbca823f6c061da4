const ENDS: Readonly<Record<string, string>> = {
  TOKEN_EXPIRED: "It has lasted as long as sessions do here.",
  API_KEY_EXPIRED: "The API key that it was opened with has expired.",
  API_KEY_REVOKED: "The API key that it was opened with was revoked.",
  API_KEY_UNKNOWN: "The API key that it was opened with has a new secret.",
  AUTHENTICATION_MISSING:
    "The browser has no session any more: it was ended elsewhere, or its cookie was deleted.",
};

export function SessionEnded({ code }: { readonly code: string }) {
  return (
    <div className="notice notice-warn" role="alert">
      <strong>Your session has ended.</strong>
      <p>
        {ENDS[code] ?? "The service does not recognise it any more."} Nothing that was sent before is lost;
        sign in again to go on. <code>{code}</code>
      </p>
    </div>
  );
}

/** The page stays and resumes after sign-in. */
export function SessionEndedBanner({ code }: { readonly code: string }) {
  return (
    <>
      <SessionEnded code={code} />
      <div className="buttons">
        <a href="/sign-in" target="_blank" rel="noreferrer" className="button primary">
          Sign in again in a new tab
        </a>
        <span className="soft">What you typed here stays, and can be sent then.</span>
      </div>
    </>
  );
}
