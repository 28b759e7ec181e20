package io.keyferry.kms;

/** Is told of trouble with KMS, so that it can be shown. Called from many threads, one at a time; must not block. */
public interface RetryListener {

    /** For calls that are not tried again. */
    RetryListener NOBODY = new RetryListener() {
        @Override
        public void retrying(Trouble trouble) {
            // nobody listens
        }

        @Override
        public void recovered(Trouble trouble) {
            // nobody listens
        }
    };

    /** A call has failed and will be made again. Comes once for each failed attempt. */
    void retrying(Trouble trouble);

    /** Every call that had failed has ended since, most of them well. */
    void recovered(Trouble trouble);
}
