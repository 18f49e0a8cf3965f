import asyncio


async def turns(name, wait):
    for turn in range(2):
        await asyncio.sleep(wait)
        print(name, turn)
    return name


async def main():
    print(await asyncio.gather(turns("slow", 0.05), turns("fast", 0.01)))
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except TimeoutError:
        print("it took too long")
    await asyncio.Event().wait()


try:
    asyncio.run(main())
except RuntimeError as why:
    print(why)
