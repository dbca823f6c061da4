import type { EmailTransport } from "./channels.ts";

const TIMEOUT_MS = 20_000;

/**
 * @param url `smtps://user:password@host:465`, or `smtp://host:587`, which uses STARTTLS if offered and
 * requires it for passwords
 */
export function systemMailer(url: string, from: string): EmailTransport {
  return {
    async send({ to, subject, text }) {
      const { createTransport } = await import("nodemailer");
      const timeouts = {
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
      };
      const requireTLS = (URL.parse(url)?.username ?? "") !== "";
      const transport = createTransport({ url, requireTLS, ...timeouts });
      try {
        await transport.sendMail({ from, to, subject, text });
      } finally {
        transport.close();
      }
    },
  };
}
