"""The same after an afternoon's work: 32 threads, each with a connection of its own, and ReEncrypt, one call where there
were two.

Arguments: table, ARN of the key to encrypt under. Database and AWS come from the environment. Prints the seconds it took,
without imports and connecting.
"""
import base64
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import psycopg2
from botocore.config import Config

THREADS = 32

table, target_key = sys.argv[1:]
context = {"purpose": "ssn"}
kms = boto3.client(
    "kms",
    region_name=os.environ["AWS_REGION"],
    endpoint_url=os.environ["AWS_ENDPOINT_URL_KMS"],
    config=Config(max_pool_connections=THREADS),
)
connections = [psycopg2.connect("") for _ in range(THREADS)]


def move(connection, rows):
    cursor = connection.cursor()
    for row_id, secret in rows:
        moved = kms.re_encrypt(
            CiphertextBlob=base64.b64decode(secret),
            DestinationKeyId=target_key,
            SourceEncryptionContext=context,
            DestinationEncryptionContext=context,
        )["CiphertextBlob"]
        cursor.execute(f"UPDATE {table} SET secret = %s WHERE id = %s", (base64.b64encode(moved).decode(), row_id))
        connection.commit()


begun = time.monotonic()
cursor = connections[0].cursor()
cursor.execute(f"SELECT id, secret FROM {table}")
rows = cursor.fetchall()
connections[0].commit()
with ThreadPoolExecutor(THREADS) as pool:
    for done in [pool.submit(move, connections[n], rows[n::THREADS]) for n in range(THREADS)]:
        done.result()
print(time.monotonic() - begun)
