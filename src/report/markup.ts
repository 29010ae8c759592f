// HTML from templates in which every inserted text is escaped: names in images are chosen by whoever made the image.
import { printable } from '../lib/printable.ts';

/** A piece of HTML that is known to be safe. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | undefined | false | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** The text for HTML content and quoted attributes; what cannot be seen is written as an escape. */
function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}

function partToHtml(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  if ('html' in part) return part.html;
  return part.map(({ html }) => html).join('');
}

/** A template whose inserted texts are escaped; Markup is inserted as it is. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    html: strings.reduce(
      (html, literal, index) =>
        html + literal + (index < parts.length ? partToHtml(parts[index]) : ''),
      '',
    ),
  };
}

/** Markup written by us, as it stands. Never call it with a text from outside. */
export function trusted(html: string): Markup {
  return { html };
}
