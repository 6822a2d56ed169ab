// Written by `npm run client` from the description: do not edit.
export interface paths {
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Summaries of the caller's jobs, newest first.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Send
         * @description Sends, once for each key. A 2xx does not mean accepted: `counts` says what was. With `"dryRun": true` in the body it answers as `/v1/preview` does; a generated client calls that.
         */
        post: operations["createJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a job
         * @description With `wait`, answers as soon as nothing is pending any more.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Move a job to another time
         * @description Until it is due. Repeating it changes nothing.
         */
        patch: operations["rescheduleJob"];
        trace?: never;
    };
    "/v1/jobs/{jobId}/recipients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recipients of a job
         * @description Each with its outcome.
         */
        get: operations["listRecipients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the batches of a job
         * @description Each with the answer of the provider.
         */
        get: operations["listBatches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what happened to a job
         * @description In order, of the job and its batches.
         */
        get: operations["listTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description Stops every batch that is not being sent, and says what was too late. May be repeated.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settle unknown batches
         * @description Decides what unknown batches were. Repeating it changes nothing.
         */
        post: operations["settleJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send again to some recipients
         * @description A new job for the recipients with these outcomes, with their details, linked both ways.
         */
        post: operations["resendJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find the file of results
         * @description 200 with its address, good for a quarter of an hour; 202 while it is being written.
         */
        get: operations["getExport"];
        put?: never;
        /**
         * Ask for the results as a file
         * @description A CSV file with one recipient in each row. Ask where it is with GET.
         */
        post: operations["createExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get an address for a file
         * @description A file of up to 1,000,000 recipients goes there with PUT.
         */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview a request
         * @description What it would send. Nothing is stored or sent.
         */
        post: operations["previewJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recipients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find what was sent to a phone
         * @description Over all jobs that the caller may see, newest first.
         */
        get: operations["findRecipients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the usage by day
         * @description What the jobs made on each day came to, in the stage's zone; today without `from` and `to`.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how the provider does
         * @description Whether it is called, how many calls are open, and its last answers to the caller's jobs.
         */
        get: operations["getProvider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the account
         * @description The caller, its switch, and today's recipients.
         */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/dispatch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Stop or start the caller's jobs
         * @description What is being sent ends; what waits stays.
         */
        put: operations["setOwnDispatch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dispatch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the switch of all jobs
         * @description Whether jobs are dispatched at all.
         */
        get: operations["getDispatch"];
        /**
         * Stop or start all jobs
         * @description What is being sent ends; what waits stays.
         */
        put: operations["setDispatch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the schemas of the events
         * @description JSON Schemas of the events that are taken and put.
         */
        get: operations["getEventSchemas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether it answers
         * @description Looks at nothing behind the function.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        FieldError: {
            place: string;
            code: string;
            detail: string;
        };
        TimelineEntry: {
            /** Format: date-time */
            at: string;
            event: string;
            batch?: number;
            detail?: string;
        };
        Batch: {
            batch: number;
            try: number;
            /** @enum {string} */
            status: "waiting" | "sending" | "accepted" | "rejected" | "unknown" | "cancelled" | "expired";
            recipients: number;
            segments?: number;
            waiting?: {
                /** @enum {string} */
                code: "scheduled" | "paused" | "quiet-hours" | "breaker-open" | "not-sent" | "no-free-slot" | "queued";
                detail: string;
                /** Format: date-time */
                until?: string;
            };
            commonJobId?: string;
            specialJobIds?: string[];
            totalSendCount?: number;
            errorPhones?: string[];
            retCode?: string;
            message?: string;
            code?: string;
            httpStatus?: number;
            reason?: string;
            /** Format: date-time */
            notBefore?: string;
            settlement?: {
                try: number;
                /** @enum {string} */
                as: "accepted" | "rejected" | "resend";
                by: string;
                why: string;
                /** Format: date-time */
                at: string;
            };
            lateAnswer?: {
                /** Format: date-time */
                at: string;
                try: number;
                outcome: string;
                code: string;
            };
        };
        Counts: {
            total: number;
            pending: number;
            accepted: number;
            rejected: number;
            unknown: number;
            cancelled: number;
            expired: number;
        };
        /** @enum {string} */
        JobStatus: "preparing" | "scheduled" | "queued" | "sending" | "completed" | "attention" | "refused" | "cancelled" | "expired";
        /** @enum {string} */
        RecipientOutcome: "pending" | "accepted" | "rejected" | "unknown" | "cancelled" | "expired";
        JobSummary: {
            jobId: string;
            status: components["schemas"]["JobStatus"];
            /** @enum {string} */
            outcome?: "accepted" | "partial" | "rejected";
            caller: string;
            idempotencyKey: string;
            reference?: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            sendTime?: string;
            revision: number;
            counts: components["schemas"]["Counts"];
            batchCount: number;
        };
        JobFile: {
            uploadId: string;
            /** @enum {string} */
            onBadLines: "refuse" | "skip";
            encoding?: components["schemas"]["FileEncoding"];
            separator?: string;
            ignoredColumns?: string[];
            firstTexts?: string[];
            lines: number;
            bytesRead: number;
            bytesTotal?: number;
            batches: number;
            recipients: number;
            badLines: {
                count: number;
                first: (components["schemas"]["FieldError"] & {
                    line: number;
                })[];
            };
            refusal?: {
                code: string;
                detail: string;
                line?: number;
            };
            isWhole?: boolean;
            removed?: number;
        };
        Cancellation: {
            stopped: number;
            sent: number;
            beingSent: number;
            unknown: number;
        };
        Recipient: {
            phone: string;
            outcome: components["schemas"]["RecipientOutcome"];
            batch: number;
            try: number;
            code?: string;
            reason?: string;
            detail?: string[];
            reference?: string;
            text?: string;
            segments?: number;
            commonJobId?: string;
            specialJobIds?: string[];
        };
        Job: components["schemas"]["JobSummary"] & {
            /** @enum {string} */
            scheduler?: "eventbridge" | "provider";
            providerSendTime?: string;
            cancellable: boolean;
            /** Format: date-time */
            notAfter: string;
            pattern: string;
            smsType: number;
            postFixNumber: string;
            resendOf?: string;
            resentAs?: string[];
            removed?: {
                count: number;
                places: {
                    place: string;
                    firstPlace: string;
                }[];
            };
            file?: components["schemas"]["JobFile"];
            batches: components["schemas"]["Batch"][];
            timeline: components["schemas"]["TimelineEntry"][];
            links: {
                self: string;
                recipients: string;
                batches: string;
                timeline: string;
            };
        };
        CancelledJob: components["schemas"]["Job"] & {
            cancellation: components["schemas"]["Cancellation"];
        };
        Jobs: {
            items: components["schemas"]["JobSummary"][];
            next?: string;
        };
        Batches: {
            items: components["schemas"]["Batch"][];
            next?: string;
        };
        Timeline: {
            items: components["schemas"]["TimelineEntry"][];
            next?: string;
        };
        Recipients: {
            items: components["schemas"]["Recipient"][];
            next?: string;
        };
        FoundRecipients: {
            items: (components["schemas"]["Recipient"] & {
                jobId: string;
                caller: string;
                /** Format: date-time */
                createdAt: string;
            })[];
            next?: string;
            /** Format: date-time */
            searchedUntil?: string;
        };
        Usage: {
            timeZone: string;
            items: {
                /** Format: date */
                date: string;
                caller: string;
                jobs: number;
                recipients: components["schemas"]["Counts"];
                segments: number;
                calls: number;
            }[];
            next?: string;
        };
        Provider: {
            breaker: {
                /** @enum {string} */
                state: "closed" | "open" | "half-open";
                failures: number;
                /** Format: date-time */
                until?: string;
            };
            slots: {
                inUse: number;
                limit: number;
            };
            rate: {
                perSecond?: number;
                /** Format: date-time */
                nextCall?: string;
            };
            lastAnswers: {
                /** Format: date-time */
                at: string;
                jobId: string;
                batch: number;
                code: string;
                httpStatus?: number;
                reason?: string;
            }[];
        };
        Preview: {
            sendable: boolean;
            errors?: components["schemas"]["FieldError"][];
            furtherErrors?: number;
            /** Format: date-time */
            nextAllowedTime?: string;
            calls?: number;
            recipients?: number;
            segments?: number;
            removed: {
                place: string;
                phone: string;
                firstPlace: string;
            }[];
            warnings?: components["schemas"]["FieldError"][];
            items?: {
                phone: string;
                text: string;
                segments: number;
            }[];
            next?: string;
            file?: components["schemas"]["JobFile"];
        };
        Account: {
            caller: string;
            scopes: ("send" | "read" | "operate" | "admin")[];
            dispatch: components["schemas"]["Switch"];
            everybody: components["schemas"]["Switch"];
            today: {
                /** Format: date */
                date: string;
                recipients: number;
                limit?: number;
            };
        };
        Switch: {
            paused: boolean;
            by?: string;
            why?: string;
            /** Format: date-time */
            at?: string;
        };
        UploadAddress: {
            uploadId: string;
            url: string;
            /** @enum {string} */
            method: "PUT";
            headers: {
                [key: string]: string;
            };
            /** Format: date-time */
            expiresAt: string;
        };
        Export: {
            jobId: string;
            revision: number;
            /** @enum {string} */
            state: "asked" | "ready";
            url?: string;
            /** @enum {string} */
            method?: "GET";
            /** Format: date-time */
            expiresAt?: string;
        };
        Problem: {
            type: string;
            code: string;
            title: string;
            status: number;
            detail: string;
            retry: boolean;
            errors?: components["schemas"]["FieldError"][];
            furtherErrors?: number;
            /** Format: date-time */
            nextAllowedTime?: string;
            requestId?: string;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        Document: {
            [key: string]: unknown;
        };
        StructuredRequest: {
            pattern: components["schemas"]["Pattern"];
            smsType?: components["schemas"]["SmsType"];
            postFixNumber?: components["schemas"]["PostFixNumber"];
            reference?: components["schemas"]["Reference"];
            sendTime?: components["schemas"]["SendTime"];
            timeZone?: components["schemas"]["TimeZone"];
            scheduler?: components["schemas"]["Scheduler"];
            validFor?: components["schemas"]["ValidFor"];
            defaultDetail?: components["schemas"]["Detail"];
            personalise?: components["schemas"]["Personalise"];
            allowEmpty?: components["schemas"]["AllowEmpty"];
            /** @description Up to 10000 phones, each with its detail where the default does not fit. */
            recipients: (string | {
                phone: string;
                detail?: components["schemas"]["Detail"];
                reference?: components["schemas"]["Reference"];
            })[];
        };
        StringsRequest: {
            pattern: components["schemas"]["Pattern"];
            smsType?: components["schemas"]["SmsType"];
            postFixNumber?: components["schemas"]["PostFixNumber"];
            reference?: components["schemas"]["Reference"];
            sendTime?: components["schemas"]["SendTime"];
            timeZone?: components["schemas"]["TimeZone"];
            scheduler?: components["schemas"]["Scheduler"];
            validFor?: components["schemas"]["ValidFor"];
            /** @description DefaultDetail, passed on as it is. */
            defaultDetail?: string;
            /** @description Phones, separated as the provider wants them. */
            phones: string;
            /** @description Details, passed on as it is. */
            details?: string;
        };
        FileRequest: {
            pattern: components["schemas"]["Pattern"];
            smsType?: components["schemas"]["SmsType"];
            postFixNumber?: components["schemas"]["PostFixNumber"];
            reference?: components["schemas"]["Reference"];
            sendTime?: components["schemas"]["SendTime"];
            timeZone?: components["schemas"]["TimeZone"];
            scheduler?: components["schemas"]["Scheduler"];
            validFor?: components["schemas"]["ValidFor"];
            defaultDetail?: components["schemas"]["Detail"];
            personalise?: components["schemas"]["Personalise"];
            allowEmpty?: components["schemas"]["AllowEmpty"];
            /** @description A file of up to 1000000 recipients. */
            recipientsFrom: {
                uploadId: string;
                /**
                 * @description Whether one bad line refuses the whole job, or bad lines are left out.
                 * @enum {string}
                 */
                badLines?: "refuse" | "skip";
                /** @description The column of the phones. */
                phoneColumn?: string;
                encoding?: components["schemas"]["FileEncoding"];
            };
        };
        Upload: {
            /** @description Bytes of the file. */
            size: number;
            /**
             * @description csv.
             * @enum {string}
             */
            format: "csv" | "jsonl";
        };
        Reschedule: {
            sendTime: components["schemas"]["SendTime"];
            timeZone?: components["schemas"]["TimeZone"];
        };
        Settlement: {
            /** @enum {string} */
            as: "accepted" | "rejected" | "resend";
            /** @description Stands in the timeline, with who decided. */
            why: string;
            /** @description Leave it out to settle all unknown ones of the revision in If-Match. */
            batches?: {
                batch: number;
                try: number;
            }[];
        };
        SwitchChange: {
            paused: boolean;
            why?: string;
        };
        Resend: {
            /** @description Recipients with these outcomes. */
            outcomes: ("rejected" | "expired" | "cancelled" | "unknown")[];
            /** @description Stands in the timeline. */
            why?: string;
            reference?: components["schemas"]["Reference"];
        };
        /** @description The text, with {0}, {1}, ... */
        Pattern: string;
        /** @description Your own name for it, such as an order number. */
        Reference: string;
        /** @description SmsType, as the provider defines it. */
        SmsType: number;
        /** @description Extension number. */
        PostFixNumber: string;
        /** @description When. */
        SendTime: string;
        /** @description IANA zone of a sendTime without offset, such as Asia/Shanghai. */
        TimeZone: string;
        /**
         * @description Who holds it until sendTime.
         * @enum {string}
         */
        Scheduler: "eventbridge" | "provider";
        /** @description How late it may go out, from when it is due. */
        ValidFor: string;
        /** @description Field values in order, or by name. */
        Detail: string[] | {
            [key: string]: string;
        };
        /**
         * @description Who fills in the fields.
         * @enum {string}
         */
        Personalise: "auto" | "provider" | "rendered" | "refuse";
        /** @description Whether a field may be empty. */
        AllowEmpty: boolean;
        /**
         * @description Found by itself unless given.
         * @enum {string}
         */
        FileEncoding: "utf-8" | "utf-16le" | "utf-16be" | "gb18030" | "gbk" | "gb2312";
        SendRequest: components["schemas"]["StructuredRequest"] | components["schemas"]["StringsRequest"] | components["schemas"]["FileRequest"];
    };
    responses: {
        /** @description The job. 201: every outcome is known; 202: some is not; 200: it was made before. */
        NewJob: {
            headers: {
                ETag: components["headers"]["ETag"];
                Location: components["headers"]["Location"];
                "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Job"];
            };
        };
        /** @description The job. */
        CurrentJob: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Job"];
            };
        };
        /** @description `invalid-request`, `unknown-parameter`, `unexpected-body`, `unexpected-precondition` */
        BadQuery: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid-json`, `invalid-request`, `unknown-parameter`, `unexpected-precondition` */
        BadBody: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid-json`, `invalid-request`, `idempotency-key-missing`, `unknown-parameter`, `unexpected-precondition` */
        BadSend: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-found` */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency-key-in-use`, `idempotency-key-spent` */
        KeyInUse: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency-key-in-use`, `idempotency-key-spent`, `nothing-to-resend`, `not-resendable` */
        NotResendable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-reschedulable` */
        NotReschedulable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-settleable`, `too-early` */
        NotSettleable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too-early` */
        TooEarly: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `revision-changed` */
        RevisionChanged: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency-key-reused`, `quiet-hours`, `quiet-now`, `too-many-recipients` */
        NotSendable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `quiet-hours` */
        QuietHours: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too-many-recipients` */
        TooManyRecipients: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `daily-limit-reached`, `too-many-requests` */
        OverLimit: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not-signed` (401), `credentials-refused` (401), `not-allowed` (403), `scope-missing` (403), `caller-unknown` (403), `method-not-allowed` (405), `body-too-large` (413), `unsupported-media-type` (415), `too-many-requests` (429), `caller-rate-reached` (429), `internal-error` (500), `no-answer` (502), `unavailable` (503), `answer-too-late` (504) */
        Other: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description Id of the job. */
        JobId: string;
        /** @description Yours. The same key and body give the same job. */
        IdempotencyKey: string;
        /** @description `next` of the page before. */
        Cursor: string;
        /** @description Entries of one page. */
        Limit100: number;
        /** @description Entries of one page. */
        Limit1000: number;
        /** @description Made from this moment on. */
        From: string;
        /** @description Made before this moment. */
        To: string;
        /** @description Whose: a caller by event that the asking one owns; with the scope `operate`, any caller. */
        Caller: string;
        /** @description The ETag that is meant; 412 when it is another. */
        IfMatch: string;
        /** @description The ETag that the caller has; 304 when it is that still. */
        IfNoneMatch: string;
    };
    requestBodies: never;
    headers: {
        /** @description The revision of the job; weak while something is moving. */
        ETag: string;
        /** @description Where it is. */
        Location: string;
        /** @description Seconds after which to ask again. */
        RetryAfter: number;
        /** @description `true`: the job was made before. */
        IdempotencyReplayed: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listJobs: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit100"];
                /** @description Only jobs in this status. */
                status?: components["schemas"]["JobStatus"];
                /** @description Whose: a caller by event that the asking one owns; with the scope `operate`, any caller. */
                caller?: components["parameters"]["Caller"];
                /** @description Only jobs with this reference. */
                reference?: string;
                /** @description Made from this moment on. */
                from?: components["parameters"]["From"];
                /** @description Made before this moment. */
                to?: components["parameters"]["To"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jobs"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    createJob: {
        parameters: {
            query?: never;
            header: {
                /** @description Yours. The same key and body give the same job. */
                "Idempotency-Key": components["parameters"]["IdempotencyKey"];
                /** @description `respond-async`: answer 202 at once. */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendRequest"];
            };
        };
        responses: {
            200: components["responses"]["NewJob"];
            201: components["responses"]["NewJob"];
            202: components["responses"]["NewJob"];
            400: components["responses"]["BadSend"];
            409: components["responses"]["KeyInUse"];
            422: components["responses"]["NotSendable"];
            429: components["responses"]["OverLimit"];
            default: components["responses"]["Other"];
        };
    };
    getJob: {
        parameters: {
            query?: {
                /** @description Seconds to wait until nothing is pending. */
                wait?: number;
            };
            header?: {
                /** @description The ETag that the caller has; 304 when it is that still. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["CurrentJob"];
            /** @description Unchanged. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Other"];
        };
    };
    rescheduleJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that is meant; 412 when it is another. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reschedule"];
            };
        };
        responses: {
            200: components["responses"]["CurrentJob"];
            400: components["responses"]["BadBody"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotReschedulable"];
            412: components["responses"]["RevisionChanged"];
            422: components["responses"]["QuietHours"];
            default: components["responses"]["Other"];
        };
    };
    listRecipients: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit1000"];
                /** @description Only recipients of this outcome. */
                outcome?: components["schemas"]["RecipientOutcome"];
            };
            header?: never;
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipients"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Other"];
        };
    };
    listBatches: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit100"];
            };
            header?: never;
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batches"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Other"];
        };
    };
    listTimeline: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit100"];
            };
            header?: never;
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Other"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that is meant; 412 when it is another. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelledJob"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["RevisionChanged"];
            default: components["responses"]["Other"];
        };
    };
    settleJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that is meant; 412 when it is another. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Settlement"];
            };
        };
        responses: {
            200: components["responses"]["CurrentJob"];
            400: components["responses"]["BadBody"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotSettleable"];
            412: components["responses"]["RevisionChanged"];
            default: components["responses"]["Other"];
        };
    };
    resendJob: {
        parameters: {
            query?: never;
            header: {
                /** @description Yours. The same key and body give the same job. */
                "Idempotency-Key": components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Resend"];
            };
        };
        responses: {
            200: components["responses"]["NewJob"];
            201: components["responses"]["NewJob"];
            202: components["responses"]["NewJob"];
            400: components["responses"]["BadSend"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotResendable"];
            422: components["responses"]["NotSendable"];
            429: components["responses"]["OverLimit"];
            default: components["responses"]["Other"];
        };
    };
    getExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            /** @description Under way. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Other"];
        };
    };
    createExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                jobId: components["parameters"]["JobId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            /** @description Under way. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["BadQuery"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TooEarly"];
            default: components["responses"]["Other"];
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Upload"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadAddress"];
                };
            };
            400: components["responses"]["BadBody"];
            default: components["responses"]["Other"];
        };
    };
    previewJob: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit1000"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            400: components["responses"]["BadBody"];
            422: components["responses"]["TooManyRecipients"];
            default: components["responses"]["Other"];
        };
    };
    findRecipients: {
        parameters: {
            query: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Entries of one page. */
                limit?: components["parameters"]["Limit100"];
                /** @description In any way of writing it. */
                phone: string;
                /** @description Whose: a caller by event that the asking one owns; with the scope `operate`, any caller. */
                caller?: components["parameters"]["Caller"];
                /** @description Made from this moment on. */
                from?: components["parameters"]["From"];
                /** @description Made before this moment. */
                to?: components["parameters"]["To"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundRecipients"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    getUsage: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["Cursor"];
                /** @description First day. */
                from?: string;
                /** @description Last day. */
                to?: string;
                /** @description Whose: a caller by event that the asking one owns; with the scope `operate`, any caller. */
                caller?: components["parameters"]["Caller"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    getProvider: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    setOwnDispatch: {
        parameters: {
            query?: {
                /** @description Whose: a caller by event that the asking one owns; with the scope `operate`, any caller. */
                caller?: components["parameters"]["Caller"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwitchChange"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Switch"];
                };
            };
            400: components["responses"]["BadBody"];
            default: components["responses"]["Other"];
        };
    };
    getDispatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Switch"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    setDispatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwitchChange"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Switch"];
                };
            };
            400: components["responses"]["BadBody"];
            default: components["responses"]["Other"];
        };
    };
    getEventSchemas: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Document"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadQuery"];
            default: components["responses"]["Other"];
        };
    };
}
