import type { EmailTransport } from "./channels.ts";

const TIMEOUT_MS = 20_000;

/**
 * Sends by SMTP. nodemailer is loaded when the first message is sent.
 * @param url `smtps://user:password@host:465`, or `smtp://host:587`, which is upgraded by STARTTLS where the server can
 * @param from the address of the sender
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
      const transport = createTransport({ url, ...timeouts });
      try {
        await transport.sendMail({ from, to, subject, text });
      } finally {
        transport.close();
      }
    },
  };
}
