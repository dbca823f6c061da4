const ENDS: Readonly<Record<string, string>> = {
  TOKEN_EXPIRED: "The session reached its maximum duration.",
  SESSION_ENDED: "An administrator or another of your browsers ended the session.",
  API_KEY_EXPIRED: "The API key of the session has expired.",
  API_KEY_REVOKED: "The API key of the session was revoked.",
  API_KEY_UNKNOWN: "The API key of the session was rotated.",
  AUTHENTICATION_MISSING: "The browser has no session. It was ended elsewhere, or its cookie was deleted.",
};

export function SessionEnded({ code }: { readonly code: string }) {
  return (
    <div className="notice notice-warn" role="alert">
      <strong>Your session has ended.</strong>
      <p>
        {ENDS[code] ?? "The service does not recognise the session."} Data already sent is saved. Sign in
        again to continue. <code>{code}</code>
      </p>
    </div>
  );
}

export function SessionEndedBanner({ code }: { readonly code: string }) {
  return (
    <>
      <SessionEnded code={code} />
      <div className="buttons">
        <a href="/sign-in" target="_blank" rel="noreferrer" className="button primary">
          Sign in again in a new tab
        </a>
        <span className="soft">Your input on this page is kept.</span>
      </div>
    </>
  );
}
