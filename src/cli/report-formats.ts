// The forms of a report; apart from what writes them, so that help and completion load nothing more.

/** Forms in which a report can be written. */
export const reportFormats = ['table', 'json', 'sarif', 'html'] as const;
/** Name of a format that --format takes. */
export type ReportFormat = (typeof reportFormats)[number];
